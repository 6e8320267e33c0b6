import type { V1Node, V1Taint } from "@kubernetes/client-node";
import { nodeSelector } from "../cluster/pods.ts";
import { UserError } from "../errors.ts";
import type { Toleration } from "../settings/pods.ts";
import type { Settings } from "../settings/schema.ts";

/** The nodes that the scheduler would use; all nodes if there are none, as it says why. */
export function usableNodes(
  nodes: readonly V1Node[],
  settings: Pick<Settings, "nodeSelector" | "tolerations" | "imagePlatform">,
): readonly V1Node[] {
  const usable = nodes.filter((node) => {
    const { operatingSystem = "linux", architecture } = node.status?.nodeInfo ?? {};
    // Old kubelets do not set the label for the operating system.
    const labels: Record<string, string> = { "kubernetes.io/os": operatingSystem, ...node.metadata?.labels };
    const platform = settings.imagePlatform?.split("/")[1];
    return (
      isReady(node) &&
      !node.spec?.unschedulable &&
      (platform === undefined || architecture === platform) &&
      Object.entries(nodeSelector(settings)).every(([key, value]) => labels[key] === value) &&
      (node.spec?.taints ?? []).every((taint) => isTolerated(taint, settings.tolerations))
    );
  });
  return usable.length > 0 ? usable : nodes;
}

/** By the scheduler's rules. */
function isTolerated(taint: V1Taint, tolerations: readonly Toleration[]): boolean {
  const tolerates = ({ effect, key, operator, value = "" }: Toleration) =>
    (effect === undefined || effect === taint.effect) &&
    (key === undefined || (key === taint.key && (operator === "Exists" || value === (taint.value ?? ""))));
  return taint.effect === "PreferNoSchedule" || tolerations.some(tolerates);
}

function isReady({ status }: V1Node): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return ready === undefined || ready.status === "True";
}

/** IP addresses before names, which may not resolve. */
const addressTypes = ["ExternalIP", "InternalIP", "ExternalDNS", "InternalDNS", "Hostname"];

/**
 * The address of NodePorts: a ready node's ExternalIP, else its InternalIP, which users of a test
 * cluster can usually reach, else its name. The first address of a type has the cluster's IP
 * family. Docker Desktop's node is reachable on localhost only.
 */
export function nodeAddress(all: readonly V1Node[]): string {
  const ready = all.filter(isReady);
  const nodes = (ready.length > 0 ? ready : all).toSorted((a, b) =>
    (a.metadata?.name ?? "").localeCompare(b.metadata?.name ?? ""),
  );
  if (nodes.some((node) => node.metadata?.name === "docker-desktop")) return "127.0.0.1";
  for (const type of addressTypes) {
    for (const node of nodes) {
      const address = node.status?.addresses?.find((one) => one.type === type)?.address;
      if (address) return address;
    }
  }
  throw new UserError({
    what: "no node of the cluster has an address",
    why: `it has ${nodes.length} nodes; a browser needs the address of one`,
    fix: "add a node; if nodes are created on demand: npm run up -- --config nodeAddress=ADDRESS",
  });
}

/** The architecture of most nodes, which is often not that of the machine that builds the image. */
export function architecture(nodes: readonly V1Node[]): string {
  const counts = new Map<string, number>();
  for (const { status } of nodes) {
    const found = status?.nodeInfo?.architecture;
    if (found) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a);
  return most?.[0] ?? "amd64";
}

/** Whether the container runtime of any node is Docker. */
export function runsDocker(nodes: readonly V1Node[]): boolean {
  return nodes.some(({ status }) => status?.nodeInfo?.containerRuntimeVersion?.startsWith("docker:"));
}
