import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { ClusterClient } from "../cluster/client.ts";
import type { PullSecret } from "../cluster/cluster.ts";
import { sharedLogin } from "../cluster/exec-plugin.ts";
import { refusals } from "../cluster/refusal.ts";
import { all, failOn, UserError } from "../errors.ts";
import type { Admission, Plan } from "../plan.ts";
import { admissionOf, podsWithoutRequests, refusedNamespaces } from "./cluster-admission.ts";
import { checkClusterRoles, checkNodePorts, foreignNamespaces } from "./cluster-conflicts.ts";
import { architecture, nodeAddress, nodeProblems, runsDocker, usableNodes } from "./cluster-nodes.ts";
import {
  checkMetrics,
  checkPriority,
  checkRights,
  checkVersion,
  checkVolumes,
  pullSecret,
} from "./cluster-requirements.ts";
import { occupied, roomProblems } from "./cluster-room.ts";

/** What the stack needs to know about an existing cluster. */
export interface Survey {
  /** A kubeconfig with the one context to use. */
  readonly kubeconfig: string;
  /** The address at which a browser reaches NodePorts. */
  readonly nodeAddress: string;
  /** The stack's namespaces that exist already. */
  readonly namespaces: readonly string[];
  /** The nodes' architecture, as in image platforms: `amd64`, `arm64`. */
  readonly architecture: string;
  /** Whether the nodes' container runtime is Docker. @default false */
  readonly dockerRuntime?: boolean;
  /** The image pull Secret. @default none */
  readonly pullSecret?: PullSecret | undefined;
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
    inTime(checkRights(config, plan), kubeconfig),
    inTime(survey(config, plan), kubeconfig),
  ]);
  // Report missing rights by name rather than the refusals they lead to.
  if (rights.status === "rejected") throw rights.reason;
  if (seen.status === "rejected") throw seen.reason;
  return { kubeconfig, ...seen.value };
}

async function survey(config: KubeConfig, plan: Plan): Promise<Omit<Survey, "kubeconfig">> {
  const core = config.makeApiClient(CoreV1Api);
  const { settings, names } = plan;
  const [nodes, namespaces, secret] = await all([
    async () => {
      const [{ items }, found] = await Promise.all([core.listNode(), occupied(config, plan)]);
      const unfit = nodeProblems(items, settings);
      // Without a usable node, there is no room to speak of.
      const room = unfit.length > 0 ? [] : roomProblems(items, found, plan);
      failOn([...unfit, ...room, ...(await podsWithoutRequests(config, found.quotas, plan))]);
      return items;
    },
    async () => {
      const { items } = await core.listNamespace();
      failOn([...foreignNamespaces(items, plan), ...(await refusedNamespaces(config, plan, items))]);
      return items.map(({ metadata }) => metadata?.name ?? "");
    },
    () => pullSecret(config, plan),
    ...[checkVersion, checkMetrics, checkVolumes, checkPriority, checkNodePorts, checkClusterRoles].map(
      (check) => () => check(config, plan),
    ),
  ]);
  const existing = [names.serverNamespace, names.monitoringNamespace].filter((one) =>
    namespaces.includes(one),
  );
  const usable = usableNodes(nodes, settings);
  return {
    nodeAddress: settings.nodeAddress ?? nodeAddress(nodes),
    architecture: architecture(usable),
    dockerRuntime: runsDocker(usable),
    namespaces: existing,
    pullSecret: secret,
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
