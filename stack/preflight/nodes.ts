import type { V1Node, V1Taint } from "@kubernetes/client-node";
import { nodeSelector } from "../cluster/pods.ts";
import { type Problem, UserError } from "../errors.ts";
import type { Toleration } from "../settings/pods.ts";
import type { Settings } from "../settings/schema.ts";

type Placement = Pick<Settings, "nodeSelector" | "tolerations" | "imagePlatform" | "nodeAddress">;

/** Why a node can't run the stack's pods, and what makes that it can. */
interface Obstacle {
  readonly why: string;
  readonly fix: string;
}

const nodesFix = "kubectl get nodes   (shows their state)";

/** Whether there is a node that the pods can run on; each that can't is told by its own reason. */
export function nodeProblems(nodes: readonly V1Node[], placement: Placement): Problem[] {
  if (nodes.length === 0) {
    if (placement.nodeAddress !== undefined) return []; // Made on demand, and the user knows where they answer.
    return [
      {
        what: "the cluster has no node",
        why: "pods need one, and a browser its address",
        fix: "add a node, or, where nodes are made on demand: npm run up -- --config nodeAddress=ADDRESS",
      },
    ];
  }
  const obstacles = nodes.map((node) => obstacle(node, placement));
  if (obstacles.includes(undefined)) return [];
  const counts = new Map<string, { count: number; fix: string }>();
  for (const one of obstacles) {
    if (one) counts.set(one.why, { count: (counts.get(one.why)?.count ?? 0) + 1, fix: one.fix });
  }
  const most = [...counts].toSorted(([, a], [, b]) => b.count - a.count);
  return [
    {
      what: `none of the cluster's nodes (${nodes.length}) can run the pods`,
      why: most.map(([why, { count }]) => `${count} ${why}`).join("; "),
      fix: most[0]?.[1].fix ?? nodesFix,
    },
  ];
}

function obstacle(
  node: V1Node,
  { nodeSelector: asked, tolerations, imagePlatform }: Placement,
): Obstacle | undefined {
  const { metadata, spec, status } = node;
  const name = metadata?.name ?? "";
  const { operatingSystem = "linux", architecture } = status?.nodeInfo ?? {};
  if (operatingSystem !== "linux") {
    return { why: `with ${operatingSystem}`, fix: "add a Linux node: the images are for Linux" };
  }
  // What a selector asks for and a kubelet labels, older ones too.
  const labels: Record<string, string> = { "kubernetes.io/os": operatingSystem, ...metadata?.labels };
  for (const [key, value] of Object.entries(nodeSelector({ nodeSelector: asked }))) {
    if (labels[key] === value) continue;
    return {
      why: `without the label ${key}=${value} of nodeSelector`,
      fix: `npm run up -- --config nodeSelector=${labelsOf(labels)}   (kubectl get nodes --show-labels lists them)`,
    };
  }
  const platform = imagePlatform?.split("/")[1];
  if (platform !== undefined && architecture !== undefined && architecture !== platform) {
    return {
      why: `with ${architecture}, while imagePlatform is ${imagePlatform}`,
      fix: `npm run up -- --config imagePlatform=linux/${architecture}`,
    };
  }
  if (spec?.unschedulable) return { why: "cordoned", fix: `kubectl uncordon ${name}` };
  if (!isReady(node))
    return { why: "not ready", fix: `kubectl describe node ${name}   (its conditions say why)` };
  const taint = spec?.taints?.find(
    (one) =>
      one.effect !== "PreferNoSchedule" && !tolerations.some((toleration) => tolerates(toleration, one)),
  );
  if (taint === undefined) return undefined;
  return {
    why: `with the taint ${written(taint)}, which the pods don't tolerate`,
    fix: `npm run up -- --config tolerations=${[...tolerations.map(asText), written(taint)].join(",")}`,
  };
}

function labelsOf(labels: Record<string, string>): string {
  const own = Object.entries(labels).find(([key]) => !key.includes("kubernetes.io/"));
  return own ? own.join("=") : "KEY=VALUE";
}

function written({ key, value, effect }: V1Taint): string {
  return `${key}${value ? `=${value}` : ""}:${effect}`;
}

function asText({ key = "*", value, effect }: Toleration): string {
  return `${key}${value === undefined ? "" : `=${value}`}${effect === undefined ? "" : `:${effect}`}`;
}

/** As the scheduler compares them. */
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

/** The nodes that the pods can run on; all of them where that is none. */
export function usableNodes(nodes: readonly V1Node[], placement: Placement): readonly V1Node[] {
  const usable = nodes.filter((node) => obstacle(node, placement) === undefined);
  return usable.length > 0 ? usable : nodes;
}

/** Names answer only where somebody resolves them, addresses everywhere. */
const addressTypes = ["ExternalIP", "InternalIP", "ExternalDNS", "InternalDNS", "Hostname"];

/**
 * The address at which NodePorts answer, of a node that is ready: its ExternalIP where it has
 * one, else its InternalIP, which a test cluster's user can usually reach, else its name. The
 * first of a kind is of the cluster's own IP family. Docker Desktop's node is reached at
 * localhost only.
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
    why: `${nodes.length} nodes, none with one of ${addressTypes.join(", ")}`,
    fix: "npm run up -- --config nodeAddress=ADDRESS",
  });
}

/**
 * The architecture of the nodes, of most of them where they are mixed: a laptop
 * often builds for processors that it does not have itself.
 */
export function architecture(nodes: readonly V1Node[]): string {
  const counts = new Map<string, number>();
  for (const { status } of nodes) {
    const found = status?.nodeInfo?.architecture;
    if (found) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a);
  return most?.[0] ?? "amd64";
}

/** Whether Docker runs the containers of any of them. */
export function runsDocker(nodes: readonly V1Node[]): boolean {
  return nodes.some(({ status }) => status?.nodeInfo?.containerRuntimeVersion?.startsWith("docker:"));
}
