import type { V1DaemonSet, V1Deployment, V1StatefulSet } from "@kubernetes/client-node";
import type { Events, Snapshot } from "./snapshot.ts";
import { hopelessSeconds, objectOf, type Wait } from "./wait.ts";

type Workload = V1Deployment | V1StatefulSet | V1DaemonSet;

/** A workload's pods of the current revision. */
interface Count {
  readonly wanted: number;
  readonly made: number;
  readonly ready: number;
  /** Pods of an older revision, which are removed when the newer ones are ready. */
  readonly old?: number;
}

/** Workloads whose pods can't be created, or are not all ready. */
export function workloadWaits(snapshot: Snapshot, events: Events): Wait[] {
  return [
    ...snapshot.deployments.flatMap((one) => waitsOf("Deployment", one, ofDeployment(one), events)),
    ...snapshot.statefulSets.flatMap((one) => waitsOf("StatefulSet", one, ofStatefulSet(one), events)),
    ...snapshot.daemonSets.flatMap((one) => waitsOf("DaemonSet", one, ofDaemonSet(one), events)),
  ];
}

function waitsOf(
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
function refusal(
  { metadata, status }: Workload,
  events: Events,
): Pick<Wait, "reason" | "message"> | undefined {
  const failure = status?.conditions?.find((one) => one.type === "ReplicaFailure" && one.status === "True");
  const newest = events.get(metadata?.uid ?? "")?.at(-1);
  const found = failure ?? (newest?.type === "Warning" ? newest : undefined);
  return found && { reason: found.reason ?? "FailedCreate", message: found.message ?? "" };
}

function ofDeployment({ spec, status }: V1Deployment): Count {
  const { replicas = 0, updatedReplicas: updated = 0, availableReplicas = 0 } = status ?? {};
  const current = (pods: number) => Math.min(updated, pods);
  const wanted = spec?.replicas ?? 1;
  return { wanted, made: current(replicas), ready: current(availableReplicas), old: replicas - updated };
}

function ofStatefulSet({ spec, status }: V1StatefulSet): Count {
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

function ofDaemonSet({ status }: V1DaemonSet): Count {
  const { desiredNumberScheduled: wanted = 0, currentNumberScheduled: made = 0 } = status ?? {};
  return { wanted, made, ready: Math.min(status?.updatedNumberScheduled ?? 0, status?.numberReady ?? 0) };
}
