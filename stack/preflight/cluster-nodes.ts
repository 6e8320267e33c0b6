import type { V1Node, V1Taint } from "@kubernetes/client-node";
import { type Problem, problemIf, UserError } from "../errors.ts";
import { nodeSelector } from "../server/pod.ts";
import type { Toleration } from "../settings/patterns.ts";
import type { Settings } from "../settings/schema.ts";

type Placement = Pick<Settings, "nodeSelector" | "tolerations" | "imagePlatform" | "nodeAddress">;

/** Why a node can't run the stack's pods, and how to fix it. */
interface Obstacle {
  readonly why: string;
  readonly fix: string;
}

/** Checks that at least one node can run the pods; else reports each node's reason. */
export function nodeProblems(nodes: readonly V1Node[], placement: Placement): Problem[] {
  if (nodes.length === 0) {
    // If nodes are created on demand, the user has to give their address.
    return problemIf(placement.nodeAddress === undefined, {
      what: "the cluster has no node",
      why: "pods need a node to run on, and a browser needs its address",
      fix: "add a node; if nodes are created on demand: npm run up -- --config nodeAddress=ADDRESS",
    });
  }
  const obstacles = nodes.flatMap((node) => obstacle(node, placement) ?? []);
  const [most, ...others] = largestFirst(obstacles, ({ why }) => why);
  if (most === undefined || obstacles.length < nodes.length) return [];
  return [
    {
      what: `none of the cluster's nodes (${nodes.length}) can run the pods`,
      why: [most, ...others].map(([one, ...same]) => `${same.length + 1} ${one.why}`).join("; "),
      fix: most[0].fix,
    },
  ];
}

/** The items grouped by a key, the largest group first. */
function largestFirst<T>(items: readonly T[], key: (item: T) => string): [T, ...T[]][] {
  const groups = [...Map.groupBy(items, key).values()] as [T, ...T[]][];
  return groups.toSorted((a, b) => b.length - a.length);
}

function obstacle(node: V1Node, placement: Placement): Obstacle | undefined {
  const { tolerations, imagePlatform } = placement;
  const { metadata, spec, status } = node;
  const { operatingSystem = "linux", architecture } = status?.nodeInfo ?? {};
  if (operatingSystem !== "linux") {
    return { why: `with ${operatingSystem}`, fix: "add a Linux node: the images are for Linux" };
  }
  // Old kubelets do not set the label for the operating system.
  const labels: Record<string, string> = { "kubernetes.io/os": operatingSystem, ...metadata?.labels };
  const wanted = Object.entries(nodeSelector(placement));
  const lacking = wanted.find(([key, value]) => labels[key] !== value);
  if (lacking !== undefined) {
    const own = Object.entries(labels).find(([key]) => !key.includes("kubernetes.io/")) ?? ["KEY", "VALUE"];
    return {
      why: `without the label ${lacking.join("=")} of nodeSelector`,
      fix: `npm run up -- --config nodeSelector=${own.join("=")}   (kubectl get nodes --show-labels lists them)`,
    };
  }
  const platform = imagePlatform?.split("/")[1];
  if (platform !== undefined && architecture !== undefined && architecture !== platform) {
    return {
      why: `with ${architecture}, but imagePlatform is ${imagePlatform}`,
      fix: `npm run up -- --config imagePlatform=linux/${architecture}`,
    };
  }
  if (spec?.unschedulable) return { why: "cordoned", fix: `kubectl uncordon ${metadata?.name}` };
  const conditions = `kubectl describe node ${metadata?.name}   (its conditions say why)`;
  if (!isReady(node)) return { why: "not ready", fix: conditions };
  const taint = spec?.taints?.find(
    (one) => one.effect !== "PreferNoSchedule" && !tolerations.some((each) => tolerates(each, one)),
  );
  if (taint === undefined) return undefined;
  const tolerating = [...tolerations, taint].map(asText).join(",");
  return {
    why: `with the taint ${asText(taint)}, which the pods don't tolerate`,
    fix: isOfState(taint.key) ? conditions : `npm run up -- --config tolerations=${tolerating}`,
  };
}

/**
 * Whether a taint says in which state its node is, such as full, starting or about to be removed: the
 * cluster, a network or an autoscaler sets and removes it.
 */
export function isOfState(key: string): boolean {
  return /^node\.kubernetes\.io\/|not-ready|uninitialized|unregistered|disrupt|ToBeDeleted/.test(key);
}

/** A taint, or a toleration of the settings, as in `kubectl taint`. */
function asText({ key = "*", value, effect }: V1Taint | Toleration): string {
  return `${key}${value === undefined ? "" : `=${value}`}${effect ? `:${effect}` : ""}`;
}

/** By the scheduler's rules. */
function tolerates(toleration: Toleration, taint: V1Taint): boolean {
  if (toleration.effect !== undefined && toleration.effect !== taint.effect) return false;
  if (toleration.key === undefined) return true;
  if (toleration.key !== taint.key) return false;
  return toleration.operator === "Exists" || (toleration.value ?? "") === (taint.value ?? "");
}

function isReady({ status }: V1Node): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return ready === undefined || ready.status === "True";
}

/** The nodes that can run the pods; all nodes if none can. */
export function usableNodes(nodes: readonly V1Node[], placement: Placement): readonly V1Node[] {
  const usable = nodes.filter((node) => obstacle(node, placement) === undefined);
  return usable.length > 0 ? usable : nodes;
}

/** IP addresses before names, which may not resolve. */
const addressTypes = ["ExternalIP", "InternalIP", "ExternalDNS", "InternalDNS", "Hostname"];

/**
 * The address of NodePorts: a ready node's ExternalIP, else its InternalIP, which users of a test
 * cluster can usually reach, else its name. The first address of a type has the cluster's IP
 * family. Docker Desktop's node is reachable on localhost only.
 */
export function nodeAddress(all: readonly V1Node[]): string {
  const name = ({ metadata }: V1Node) => metadata?.name ?? "";
  const ready = all.filter(isReady);
  const nodes = (ready.length > 0 ? ready : all).toSorted((a, b) => name(a).localeCompare(name(b)));
  if (nodes.some((node) => name(node) === "docker-desktop")) return "127.0.0.1";
  const addresses = nodes.flatMap(({ status }) => status?.addresses ?? []);
  for (const wanted of addressTypes) {
    const found = addresses.find(({ type, address }) => type === wanted && address !== "");
    if (found) return found.address;
  }
  throw new UserError({
    what: "no node of the cluster has an address",
    why: `${nodes.length} nodes, none with one of ${addressTypes.join(", ")}`,
    fix: "npm run up -- --config nodeAddress=ADDRESS",
  });
}

/** The architecture of most nodes. It often differs from that of the laptop that builds the images. */
export function architecture(nodes: readonly V1Node[]): string {
  const known = nodes.flatMap(({ status }) => status?.nodeInfo?.architecture || []);
  return largestFirst(known, (one) => one)[0]?.[0] ?? "amd64";
}

/** Whether the container runtime of any node is Docker. */
export function runsDocker(nodes: readonly V1Node[]): boolean {
  return nodes.some(({ status }) => status?.nodeInfo?.containerRuntimeVersion?.startsWith("docker:"));
}
