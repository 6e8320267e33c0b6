import { CoreV1Api } from "@kubernetes/client-node";
import { ClusterClient } from "../../stack/cluster/client.ts";
import { kubeconfigOfSettings } from "../../stack/cluster/current-kubeconfig.ts";
import { localKubeconfig } from "../../stack/cluster/local-kubeconfig.ts";
import type { Plan } from "../../stack/plan.ts";
import { engineObjects } from "../clients/docker.ts";
import { type OutputValues, outputsOf } from "./outputs.ts";

/** The cluster of a stack, and the stack's outputs if an `up` has finished. */
interface ClusterOf {
  readonly kubeconfig: string;
  readonly outputs: OutputValues | undefined;
}

/** How long a read-only command waits for a local cluster that is starting. */
const timeoutSeconds = 5;

/**
 * Finds the cluster of a stack, even before its first `up` has finished: from the settings for an
 * existing cluster, from the engine for a local one. Throws if there is no such stack.
 */
export async function clusterOf(stack: string, plan: Plan): Promise<ClusterOf> {
  try {
    const outputs = await outputsOf(stack);
    return { kubeconfig: outputs.kubeconfig, outputs };
  } catch (error) {
    const kubeconfig = await unfinished(plan);
    if (kubeconfig === undefined) throw error;
    return { kubeconfig, outputs: undefined };
  }
}

/** The kubeconfig of a cluster with an unfinished stack. */
async function unfinished(plan: Plan): Promise<string | undefined> {
  const { settings, names, ports } = plan;
  if (settings.cluster === "local") {
    const containers = await engineObjects("container", plan).catch(() => []);
    const node = containers.find(
      ({ name, state }) => name === `${names.instance}-k3s` && state === "running",
    );
    if (node === undefined) return undefined;
    const late = new Promise<undefined>((resolve) => {
      setTimeout(() => resolve(undefined), timeoutSeconds * 1000).unref();
    });
    return Promise.race([localKubeconfig(node.id, ports.apiPort, names.instance), late]);
  }
  const kubeconfig = kubeconfigOfSettings(plan);
  return (await hasNamespace(kubeconfig, plan)) ? kubeconfig : undefined;
}

async function hasNamespace(kubeconfig: string, { names }: Plan): Promise<boolean> {
  const core = new ClusterClient(kubeconfig).makeApiClient(CoreV1Api);
  const found = await Promise.allSettled(
    [names.serverNamespace, names.monitoringNamespace].map((name) => core.readNamespace({ name })),
  );
  return found.some(
    (one) =>
      one.status === "fulfilled" &&
      one.value.metadata?.labels?.["app.kubernetes.io/instance"] === names.instance,
  );
}
