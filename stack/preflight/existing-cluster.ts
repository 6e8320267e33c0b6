import { CoreV1Api, type KubeConfig, RbacAuthorizationV1Api } from "@kubernetes/client-node";
import { ClusterClient } from "../cluster/client.ts";
import type { Admission } from "../cluster/labels.ts";
import type { PullSecret } from "../cluster/pull-secret.ts";
import { refusals } from "../cluster/refusal.ts";
import { sharedLogin } from "../cluster/shared-login.ts";
import { type Problem, UserError } from "../errors.ts";
import type { Plan } from "../plan.ts";
import { admissionOf, refusedNamespaces } from "./admission.ts";
import { architecture, nodeAddress, nodeProblems, runsDocker, usableNodes } from "./nodes.ts";
import { foreignClusterRoles, foreignNamespaces, takenNodePorts } from "./owners.ts";
import { metricsApi, priorityClass, pullSecret, serverVersion, volumes } from "./requirements.ts";
import { missingRights } from "./rights.ts";
import { occupied, roomProblems, unspecified } from "./room.ts";

/** What the stack needs to know about an existing cluster. */
export interface Survey {
  /** A kubeconfig with the one context to use. */
  readonly kubeconfig: string;
  /** The address at which a browser reaches NodePorts. */
  readonly nodeAddress: string;
  /** The stack's namespaces that exist already. */
  readonly namespaces: readonly string[];
  /** The nodes' architecture, in the words of image platforms: `amd64`, `arm64`. */
  readonly architecture: string;
  /** Whether the nodes' container runtime is Docker. @default false */
  readonly dockerRuntime?: boolean;
  /** The image pull Secret. @default none */
  readonly pullSecret?: PullSecret;
  /** Checks the pods of a namespace that the program just created. @default no check */
  readonly admission?: Admission;
}

/**
 * Checks an existing cluster, read-only and in parallel: that it answers, that the stack's
 * requirements and rights are met and its names are free, and where NodePorts are reached.
 */
export async function surveyCluster(kubeconfig: string, plan: Plan): Promise<Survey> {
  const config = new ClusterClient(kubeconfig);
  // A login can take long; it must not count against the time limit of the cluster.
  await sharedLogin(kubeconfig);
  const [rights, seen] = await Promise.allSettled([
    inTime(missingRights(config, plan), kubeconfig),
    inTime(survey(config, plan), kubeconfig),
  ]);
  // Report missing rights by name rather than the refusals they lead to.
  if (rights.status === "fulfilled" && rights.value.length > 0) throw new UserError(rights.value);
  if (seen.status === "rejected") throw seen.reason;
  if (rights.status === "rejected") throw rights.reason;
  return { kubeconfig, ...seen.value };
}

async function survey(config: KubeConfig, plan: Plan): Promise<Omit<Survey, "kubeconfig">> {
  const core = config.makeApiClient(CoreV1Api);
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  const { settings } = plan;
  const problems: Problem[] = [];
  const collect = async (check: Promise<readonly Problem[]>) => void problems.push(...(await check));
  const [nodes, namespaces, secret, found] = await Promise.all([
    core.listNode().then(({ items }) => items),
    core.listNamespace().then(async ({ items }) => {
      await collect(refusedNamespaces(config, plan, items));
      return items;
    }),
    pullSecret(config, settings),
    occupied(config, plan).then(async (found) => {
      await collect(unspecified(config, found, plan));
      return found;
    }),
    collect(core.listServiceForAllNamespaces().then(({ items }) => takenNodePorts(items, plan))),
    collect(
      Promise.all([rbac.listClusterRole(), rbac.listClusterRoleBinding()]).then(([roles, bindings]) =>
        foreignClusterRoles(roles.items, bindings.items, plan),
      ),
    ),
    collect(serverVersion(config)),
    collect(metricsApi(config, settings)),
    collect(volumes(config, settings)),
    collect(priorityClass(config, settings)),
  ]);
  const unfit = nodeProblems(nodes, settings);
  // Without a usable node, there is no room to speak of.
  if (unfit.length === 0) unfit.push(...roomProblems(nodes, found, plan));
  problems.push(...foreignNamespaces(namespaces, plan), ...unfit, ...secret.problems);
  if (problems.length > 0) throw new UserError(problems);
  const own = [plan.names.serverNamespace, plan.names.monitoringNamespace];
  const existing = namespaces
    .map(({ metadata }) => metadata?.name ?? "")
    .filter((name) => own.includes(name));
  const usable = usableNodes(nodes, settings);
  return {
    nodeAddress: settings.nodeAddress ?? nodeAddress(nodes),
    architecture: architecture(usable),
    dockerRuntime: runsDocker(usable),
    namespaces: existing,
    ...(secret.found ? { pullSecret: secret.found } : {}),
    admission: admissionOf(config, plan, existing),
  };
}

async function inTime<T>(calls: Promise<T>, kubeconfig: string): Promise<T> {
  const limit = AbortSignal.timeout(10_000);
  const timeout = new Promise<never>((_, reject) => {
    limit.addEventListener("abort", () => reject(new Error("no answer within 10 s")));
  });
  try {
    return await Promise.race([calls, timeout]);
  } catch (error) {
    throw new UserError(refusals(error, kubeconfig));
  }
}
