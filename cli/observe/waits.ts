import type * as k8s from "@kubernetes/client-node";
import { claimWaits, podWaits } from "./pods.ts";
import {
  byObject,
  type Events,
  hopelessSeconds,
  objectOf,
  type Snapshot,
  slowSeconds,
  type Wait,
  type Why,
} from "./snapshot.ts";

/** Everything that a stack's namespaces wait for, causes before consequences. */
export function waitsOf(snapshot: Snapshot, now = Date.now()): Wait[] {
  const events = byObject(snapshot.events);
  const all = [
    ...snapshot.namespaces.flatMap(namespaceWait),
    ...claimWaits(snapshot.claims, events),
    ...podWaits(snapshot.pods, events, now),
    ...snapshot.deployments.flatMap((one) => workloadWait("Deployment", one, ofDeployment(one), events)),
    ...snapshot.statefulSets.flatMap((one) => workloadWait("StatefulSet", one, ofStatefulSet(one), events)),
    ...snapshot.daemonSets.flatMap((one) => workloadWait("DaemonSet", one, ofDaemonSet(one), events)),
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
function namespaceWait({ metadata, status }: k8s.V1Namespace): Wait[] {
  if (metadata?.deletionTimestamp === undefined) return [];
  const conditions = status?.conditions?.filter((one) => one.status === "True") ?? [];
  const found = causes.flatMap((type) => conditions.filter((one) => one.type === type));
  const cause = found[0]?.type;
  const { name, finalizers = [] } = metadata;
  const held = finalizers.length > 0 ? [`its finalizers block the deletion: ${finalizers.join(", ")}`] : [];
  const message = [...found.map((one) => one.message), ...held].join("; ") || "it is being deleted";
  // Objects without finalizers will be deleted, and Kubernetes removes its own finalizers when an object is unused.
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
function autoscalerWait({ metadata, status }: k8s.V2HorizontalPodAutoscaler): Wait[] {
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

type Workload = k8s.V1Deployment | k8s.V1StatefulSet | k8s.V1DaemonSet;

/** A workload's pods of the current revision. */
interface Count {
  readonly wanted: number;
  readonly made: number;
  readonly ready: number;
  /** Pods of an older revision, which are removed when the newer ones are ready. */
  readonly old?: number;
}

/** A workload whose pods can't be created, or are not all ready. */
function workloadWait(
  kind: string,
  workload: Workload,
  { wanted, made, ready, old = 0 }: Count,
  events: Events,
): Wait[] {
  const { metadata, status } = workload;
  const object = objectOf(kind, metadata);
  const refused = made < wanted ? refusal(workload, events) : undefined;
  if (refused) return [{ ...object, state: "not created", ...refused, hopelessAfter: hopelessSeconds }];
  // Whether the controller has observed the current spec.
  const isObserved = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
  if (isObserved && old <= 0 && ready >= wanted) return [];
  const message = `${ready} of ${wanted} pods are ready`;
  return [{ ...object, state: "rolling out", reason: "Progressing", message }];
}

/** Why a controller could not create a pod: quota, admission, a missing service account. */
function refusal({ metadata, status }: Workload, events: Events): Why | undefined {
  const failure = status?.conditions?.find((one) => one.type === "ReplicaFailure" && one.status === "True");
  const newest = events.get(metadata?.uid ?? "")?.at(-1);
  const found = failure ?? (newest?.type === "Warning" ? newest : undefined);
  return found && { reason: found.reason ?? "FailedCreate", message: found.message ?? "" };
}

function ofDeployment({ spec, status }: k8s.V1Deployment): Count {
  const { replicas = 0, updatedReplicas: updated = 0, availableReplicas = 0 } = status ?? {};
  const current = (pods: number) => Math.min(updated, pods);
  const wanted = spec?.replicas ?? 1;
  return { wanted, made: current(replicas), ready: current(availableReplicas), old: replicas - updated };
}

function ofStatefulSet({ spec, status }: k8s.V1StatefulSet): Count {
  const {
    replicas = 0,
    currentRevision,
    updateRevision,
    updatedReplicas = 0,
    readyReplicas = 0,
  } = status ?? {};
  const updated = currentRevision === updateRevision ? replicas : updatedReplicas;
  return { wanted: spec?.replicas ?? 1, made: replicas, ready: Math.min(updated, readyReplicas) };
}

function ofDaemonSet({ status }: k8s.V1DaemonSet): Count {
  const { desiredNumberScheduled: wanted = 0, currentNumberScheduled: made = 0 } = status ?? {};
  return { wanted, made, ready: Math.min(status?.updatedNumberScheduled ?? 0, status?.numberReady ?? 0) };
}
