import type { V1DaemonSet, V1Deployment, V1StatefulSet } from "@kubernetes/client-node";
import type { Events } from "./events.ts";
import type { Snapshot } from "./snapshot.ts";
import { hopelessSeconds, type Wait } from "./wait.ts";

/** A workload's pods of the current revision. */
interface Count {
  readonly wanted: number;
  readonly made: number;
  readonly ready: number;
  /** Whether the controller has observed the current spec. */
  readonly isCurrent: boolean;
}

/** Workloads whose pods can't be created, or are not all ready. */
export function workloadWaits(snapshot: Snapshot, events: Events): Wait[] {
  return [
    ...snapshot.deployments.flatMap((one) => waitsOf("Deployment", one, ofDeployment(one), events)),
    ...snapshot.statefulSets.flatMap((one) => waitsOf("StatefulSet", one, ofStatefulSet(one), events)),
    ...snapshot.daemonSets.flatMap((one) => waitsOf("DaemonSet", one, ofDaemonSet(one), events)),
  ];
}

type Workload = V1Deployment | V1StatefulSet | V1DaemonSet;

function waitsOf(kind: string, workload: Workload, count: Count, events: Events): Wait[] {
  const { name = "", namespace = "" } = workload.metadata ?? {};
  const { wanted, made, ready, isCurrent } = count;
  const object = { kind, namespace, name };
  const refused = made < wanted ? refusal(workload, events) : undefined;
  if (refused !== undefined) {
    const { reason, message } = refused;
    return [{ ...object, state: "not created", reason, message, hopelessAfter: hopelessSeconds }];
  }
  if (isCurrent && ready >= wanted) return [];
  const message = `${ready} of ${wanted} pods are ready`;
  return [{ ...object, state: "rolling out", reason: "Progressing", message }];
}

/** Why a controller could not create a pod: quota, admission, a missing service account. */
function refusal(workload: Workload, events: Events): { reason: string; message: string } | undefined {
  const conditions = workload.status?.conditions ?? [];
  const condition = conditions.find(({ type, status }) => type === "ReplicaFailure" && status === "True");
  const newest = events.get(workload.metadata?.uid ?? "")?.at(-1);
  const found = condition ?? (newest?.type === "Warning" ? newest : undefined);
  return found && { reason: found.reason ?? "FailedCreate", message: found.message ?? "" };
}

function ofDeployment({ metadata, spec, status }: V1Deployment): Count {
  const wanted = spec?.replicas ?? 1;
  const updated = status?.updatedReplicas ?? 0;
  return {
    wanted,
    made: Math.min(updated, status?.replicas ?? 0),
    ready: Math.min(updated, status?.availableReplicas ?? 0),
    // Pods of an older revision are removed when the newer ones are ready.
    isCurrent: isObserved(metadata, status) && (status?.replicas ?? 0) <= updated,
  };
}

function ofStatefulSet({ metadata, spec, status }: V1StatefulSet): Count {
  const wanted = spec?.replicas ?? 1;
  const { currentRevision, updateRevision, updatedReplicas = 0 } = status ?? {};
  const updated = currentRevision === updateRevision ? (status?.replicas ?? 0) : updatedReplicas;
  return {
    wanted,
    made: status?.replicas ?? 0,
    ready: Math.min(updated, status?.readyReplicas ?? 0),
    isCurrent: isObserved(metadata, status),
  };
}

function ofDaemonSet({ metadata, status }: V1DaemonSet): Count {
  const wanted = status?.desiredNumberScheduled ?? 0;
  return {
    wanted,
    made: status?.currentNumberScheduled ?? 0,
    ready: Math.min(status?.updatedNumberScheduled ?? 0, status?.numberReady ?? 0),
    isCurrent: isObserved(metadata, status),
  };
}

function isObserved(metadata: Workload["metadata"], status: Workload["status"]): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
}
