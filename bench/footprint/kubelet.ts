import type { Commands } from "../by-hand/commands.ts";

/** What a container of a pod uses, as the kubelet sees it (https://kubernetes.io/docs/reference/instrumentation/node-metrics/). */
interface ContainerStats {
  readonly name: string;
  readonly cpu?: { readonly usageCoreNanoSeconds?: number };
  readonly memory?: { readonly workingSetBytes?: number };
}

interface PodStats {
  readonly podRef: { readonly name: string; readonly namespace: string };
  readonly containers?: readonly ContainerStats[];
}

/** What a pod uses at one moment. */
export interface Usage {
  readonly namespace: string;
  readonly pod: string;
  /** Seconds of a core since its containers started. */
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

/** What every pod of some namespaces uses now, by asking each node's kubelet through the API server. */
export async function usageOf({ kubectl }: Commands, namespaces: readonly string[]): Promise<Usage[]> {
  const nodes = (await kubectl("get", "nodes", "--output", "jsonpath={.items[*].metadata.name}")).split(" ");
  const summaries = await Promise.all(
    nodes.map((node) => kubectl("get", "--raw", `/api/v1/nodes/${node}/proxy/stats/summary`)),
  );
  return summaries
    .flatMap((text) => (JSON.parse(text) as { pods: PodStats[] }).pods)
    .filter(({ podRef }) => namespaces.includes(podRef.namespace))
    .map(({ podRef, containers = [] }) => ({
      namespace: podRef.namespace,
      pod: podRef.name,
      cpuSeconds: sum(containers.map(({ cpu }) => (cpu?.usageCoreNanoSeconds ?? 0) / 1e9)),
      memoryBytes: sum(containers.map(({ memory }) => memory?.workingSetBytes ?? 0)),
    }));
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}
