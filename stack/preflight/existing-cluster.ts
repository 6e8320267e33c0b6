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

/** What an existing cluster is like, as far as the stack has to know. */
export interface Survey {
  /** The address at which a browser reaches NodePorts. */
  readonly nodeAddress: string;
  /** The namespaces of the stack's name that are there, made by a stack of this name. */
  readonly namespaces: readonly string[];
  /** What the nodes' processors are, as images name it: `amd64`, `arm64`. */
  readonly architecture: string;
  /** Whether Docker runs the nodes' containers. @default false */
  readonly dockerRuntime?: boolean;
  /** The Secret that images are pulled with. @default none */
  readonly pullSecret?: PullSecret;
  /** Asks about the pods of a namespace that the program made just now. @default nothing is asked */
  readonly admission?: Admission;
}

/**
 * Looks around in an existing cluster: whether it answers, whether everything that the stack
 * needs is there and may be made, whether its names are free or its own, and where NodePorts
 * are reached. All of it is asked at once, and nothing is changed.
 */
export async function surveyCluster(kubeconfig: string, plan: Plan): Promise<Survey> {
  const config = new ClusterClient(kubeconfig);
  // A login takes its time, which is not the cluster's.
  await sharedLogin(kubeconfig);
  const [rights, seen] = await Promise.allSettled([
    inTime(missingRights(config, plan), kubeconfig),
    inTime(lookAround(config, plan), kubeconfig),
  ]);
  // What lacks a right is told by name rather than as the refusal that it led to.
  if (rights.status === "fulfilled" && rights.value.length > 0) throw new UserError(rights.value);
  if (seen.status === "rejected") throw seen.reason;
  if (rights.status === "rejected") throw rights.reason;
  return seen.value;
}

async function lookAround(config: KubeConfig, plan: Plan): Promise<Survey> {
  const core = config.makeApiClient(CoreV1Api);
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  const { settings } = plan;
  const problems: Problem[] = [];
  const say = async (check: Promise<readonly Problem[]>) => void problems.push(...(await check));
  const [nodes, namespaces, secret] = await Promise.all([
    core.listNode().then(({ items }) => items),
    core.listNamespace().then(async ({ items }) => {
      await say(refusedNamespaces(config, plan, items));
      return items;
    }),
    pullSecret(config, settings),
    say(core.listServiceForAllNamespaces().then(({ items }) => takenNodePorts(items, plan))),
    say(
      Promise.all([rbac.listClusterRole(), rbac.listClusterRoleBinding()]).then(([roles, bindings]) =>
        foreignClusterRoles(roles.items, bindings.items, plan),
      ),
    ),
    say(serverVersion(config)),
    say(metricsApi(config, settings)),
    say(volumes(config, settings)),
    say(priorityClass(config, settings)),
  ]);
  problems.push(...foreignNamespaces(namespaces, plan), ...nodeProblems(nodes, settings), ...secret.problems);
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
