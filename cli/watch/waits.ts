import type { V1Namespace, V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import { claimWaits } from "./claims.ts";
import { podWaits } from "./pods.ts";
import { byObject, type Snapshot } from "./snapshot.ts";
import { hopelessSeconds, objectOf, slowSeconds, type Wait } from "./wait.ts";
import { workloadWaits } from "./workloads.ts";

/** Everything that a stack's namespaces wait for, causes before consequences. */
export function waitsOf(snapshot: Snapshot, now = Date.now()): Wait[] {
  const events = byObject(snapshot.events);
  const all = [
    ...snapshot.namespaces.flatMap(namespaceWait),
    ...claimWaits(snapshot.claims, events),
    ...podWaits(snapshot.pods, events, now),
    ...workloadWaits(snapshot, events),
    ...snapshot.autoscalers.flatMap(autoscalerWait),
  ];
  return all.toSorted((a, b) => rank(a) - rank(b));
}

function rank({ state, hopelessAfter }: Wait): number {
  if (state === "rolling out" || state === "scaling") return 3;
  if (state === "deleted" || state === "not created") return 0;
  return hopelessAfter === undefined ? 2 : 1;
}

/** Conditions that block the deletion of a namespace, causes before consequences. */
const causes = [
  "NamespaceDeletionDiscoveryFailure",
  "NamespaceDeletionGroupVersionParsingFailure",
  "NamespaceDeletionContentFailure",
  "NamespaceFinalizersRemaining",
  "NamespaceContentRemaining",
];

/** A namespace that is being deleted, and what blocks that, from its conditions. */
function namespaceWait({ metadata, status }: V1Namespace): Wait[] {
  if (metadata?.deletionTimestamp === undefined) return [];
  const conditions = status?.conditions?.filter((one) => one.status === "True") ?? [];
  const found = causes.flatMap((type) => conditions.filter((one) => one.type === type));
  const cause = found[0]?.type;
  const { name, finalizers = [] } = metadata;
  const held = finalizers.length > 0 ? [`its finalizers block the deletion: ${finalizers.join(", ")}`] : [];
  const message = [...found.map((one) => one.message), ...held].join("; ") || "it is being deleted";
  // Objects without finalizers will go, and Kubernetes removes its own finalizers when an object is unused.
  const isSlow =
    cause === "NamespaceContentRemaining" ||
    (cause === "NamespaceFinalizersRemaining" && /remaining: kubernetes\.io\//.test(message));
  const isBlocked = cause !== undefined || held.length > 0;
  return [
    {
      ...objectOf("Namespace", { namespace: name, name }),
      state: "deleted",
      reason: cause ?? "Terminating",
      message,
      hopelessAfter: isBlocked ? (isSlow ? slowSeconds : hopelessSeconds) : undefined,
    },
  ];
}

/** An autoscaler that gets no metrics, or can't scale. */
function autoscalerWait({ metadata, status }: V2HorizontalPodAutoscaler): Wait[] {
  const failing = status?.conditions?.find(
    (one) => one.status === "False" && (one.type === "ScalingActive" || one.type === "AbleToScale"),
  );
  // With 0 replicas, scaling is disabled on purpose.
  if (failing === undefined || failing.reason === "ScalingDisabled") return [];
  const { type, reason = type, message = "" } = failing;
  return [
    { ...objectOf("HorizontalPodAutoscaler", metadata), state: "scaling", reason, message, harmless: true },
  ];
}
