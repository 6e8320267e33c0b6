import type { CoreV1Event, V1ContainerStatus, V1PersistentVolumeClaim, V1Pod } from "@kubernetes/client-node";
import { type Events, hopelessSeconds, objectOf, slowSeconds, type Wait, type Why } from "./snapshot.ts";

type Reason = Omit<Wait, "kind" | "namespace" | "name">;

/** The pods that are not ready, with the reason. */
export function podWaits(pods: readonly V1Pod[], events: Events, now: number): Wait[] {
  return pods.flatMap((pod) => {
    if (isReplaced(pod, pods)) return [];
    const found = podWait(pod, events.get(pod.metadata?.uid ?? "") ?? [], now);
    if (found === undefined) return [];
    const more = found.message.includes(unboundClaims) ? claimReason(pod, events) : {};
    return [{ ...found, ...more, ...objectOf("Pod", pod.metadata) }];
  });
}

export function isReady({ metadata, status }: V1Pod): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return metadata?.deletionTimestamp === undefined && ready?.status === "True";
}

function podWait(pod: V1Pod, events: readonly CoreV1Event[], now: number): Reason | undefined {
  const { status, metadata } = pod;
  if (status?.phase === "Succeeded") return undefined;
  if (metadata?.deletionTimestamp) return ending(pod, now);
  if (status?.phase === "Failed") {
    const { reason = "Failed", message = "it ended" } = status;
    return { state: "configuration", reason, message, hopelessAfter: hopelessSeconds };
  }
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  for (const container of containers) {
    const reason = crashing(container, now) ?? (isReady(pod) ? undefined : waiting(container, events));
    if (reason) return reason;
  }
  if (isReady(pod)) return undefined;
  return unscheduled(pod, events) ?? starting(containers, events) ?? notReady(pod, events);
}

/** Whether a pod was refused or evicted by its node and another pod replaces it. */
function isReplaced(pod: V1Pod, all: readonly V1Pod[]): boolean {
  const ownerOf = ({ metadata }: V1Pod) => metadata?.ownerReferences?.[0]?.uid ?? metadata?.uid;
  const isFailed = ({ status }: V1Pod) => status?.phase === "Failed";
  return isFailed(pod) && all.some((one) => !isFailed(one) && ownerOf(one) === ownerOf(pod));
}

/** A pod that has not ended in its grace period: its node may be gone, or a finalizer blocks it. */
function ending({ metadata, spec }: V1Pod, now: number): Reason | undefined {
  // The deletion timestamp includes the grace period.
  const late = (now - new Date(metadata?.deletionTimestamp ?? now).getTime()) / 1000;
  if (late < 30) return undefined;
  const { finalizers = [] } = metadata ?? {};
  const held = finalizers.length > 0 ? `; its finalizers block the deletion: ${finalizers.join(", ")}` : "";
  const message = `it should have ended ${Math.round(late)} s ago, on the node ${spec?.nodeName}${held}`;
  return { state: "ending", reason: "Terminating", message };
}

/** The scheduler's reasons that often disappear by themselves. */
const passing = /not-ready|unreachable|network-unavailable|uninitialized|unregistered|no nodes available/;

function unscheduled({ status }: V1Pod, events: readonly CoreV1Event[]): Reason | undefined {
  const state = "unscheduled";
  const found = status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (found?.status === "True") return undefined;
  if (found === undefined) return { state, reason: "Pending", message: "no scheduler has handled it yet" };
  const scaling = events.findLast((one) => one.reason === "TriggeredScaleUp" || one.reason === "Nominated");
  if (scaling) return { state, reason: scaling.reason ?? "", message: scaling.message ?? "" };
  const { reason = "Unschedulable", message = "" } = found;
  // A scheduling gate is removed by its owner, and an unbound claim is reported separately.
  const isOpen = reason !== "Unschedulable" || message.includes(unboundClaims);
  const hopelessAfter = isOpen ? undefined : passing.test(message) ? slowSeconds : hopelessSeconds;
  // The rest is about preemption.
  return { state, reason, message: message.split(" preemption: ")[0] ?? "", hopelessAfter };
}

/** The scheduler's message while a volume is missing. It stays the same while the claim's events go on. */
const unboundClaims = "unbound immediate PersistentVolumeClaims";

/** What the events of a pod's claims say, if they say more than the scheduler. */
function claimReason({ metadata, spec }: V1Pod, events: Events): Why | undefined {
  const groups = [...events.values()];
  for (const { persistentVolumeClaim: claim } of spec?.volumes ?? []) {
    const ofClaim = groups.findLast(([one]) => {
      const { kind, name, namespace } = one?.involvedObject ?? {};
      const isNamed = name === claim?.claimName && namespace === metadata?.namespace;
      return kind === "PersistentVolumeClaim" && isNamed;
    });
    const { reason = "", message = "" } = tellingEvent(ofClaim ?? []) ?? {};
    if (reason === "" || reason === "WaitForFirstConsumer" || reason === "ProvisioningSucceeded") continue;
    return { reason, message: `claim ${claim?.claimName}: ${message}` };
  }
  return undefined;
}

const pullReasons = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "ImageInspectError",
  "RegistryUnavailable",
  "SignatureValidationFailed",
]);

/** Why a container does not start, according to the pod's status. */
function waiting({ state }: V1ContainerStatus, events: readonly CoreV1Event[]): Reason | undefined {
  const { reason, message = "" } = state?.waiting ?? {};
  if (reason === undefined || reason === "ContainerCreating" || reason === "PodInitializing")
    return undefined;
  const hopelessAfter = hopelessSeconds;
  if (!pullReasons.has(reason)) return { state: "configuration", reason, message, hopelessAfter };
  // Before Kubernetes 1.33, only an event has the registry's error.
  const pull = events.findLast((one) => one.reason === "Failed" && one.message?.startsWith("Failed to pull"));
  const answer = message.includes("ErrImagePull: ") ? message : (pull?.message ?? message);
  return { state: "image", reason, message: pullAnswer(answer), hopelessAfter };
}

/** The registry's error without containerd's prefixes, which repeat the image's name. */
function pullAnswer(message: string): string {
  return message
    .replace(/^.*ErrImagePull: /s, "")
    .replaceAll(/rpc error: code = \w+ desc = /g, "")
    .replaceAll(
      /(?:failed to (?:pull and unpack image|resolve reference|copy|do request)[^:]*"[^"]*"|failed to (?:copy|do request)): /g,
      "",
    );
}

/** A container must run this long after a restart to count as stable. */
const steadySeconds = 30;

/** A container that keeps ending. */
function crashing(container: V1ContainerStatus, now: number): Reason | undefined {
  const { state, lastState, restartCount: restarts, name } = container;
  const ended = state?.terminated ?? lastState?.terminated;
  if (ended === undefined || (ended.exitCode === 0 && restarts === 0)) return undefined;
  const runs = state?.running !== undefined;
  const since = state?.running?.startedAt;
  const steady = since !== undefined && (now - new Date(since).getTime()) / 1000 > steadySeconds;
  if (runs && (restarts < 2 || steady)) return undefined;
  const because = ended.reason === undefined || ended.reason === "Error" ? "" : ` (${ended.reason})`;
  const text = ended.message ? `: ${ended.message.trim()}` : "";
  const times = restarts === 1 ? "once" : `${restarts} times`;
  return {
    state: "crash",
    reason: state?.waiting?.reason ?? ended.reason ?? "Error",
    message: `container ${name} ended with exit code ${ended.exitCode}${because}, restarted ${times}${text}`,
    hopelessAfter: !runs && restarts >= 2 ? steadySeconds : undefined,
    crashed: { container: name, runs, restarts },
  };
}

/** A pod whose image, volumes or network are not ready; the newest event shows the current step. */
function starting(
  containers: readonly V1ContainerStatus[],
  events: readonly CoreV1Event[],
): Reason | undefined {
  const first = containers.find(({ state }) => state?.waiting);
  if (containers.length > 0 && first === undefined) return undefined;
  const newest = events.findLast(({ reason }) => reason !== "Scheduled");
  const reason = newest?.reason ?? first?.state?.waiting?.reason ?? "ContainerCreating";
  const failed = newest?.type === "Warning";
  const message =
    failed || reason === "Pulling" ? (newest?.message ?? "") : "its containers are being created";
  return { state: "starting", reason, message, hopelessAfter: failed ? slowSeconds : undefined };
}

function notReady({ status }: V1Pod, events: readonly CoreV1Event[]): Reason {
  const probe = events.findLast(({ reason }) => reason === "Unhealthy");
  const { reason = "NotReady", message = "" } =
    probe ?? status?.conditions?.find(({ type }) => type === "Ready") ?? {};
  return { state: "not ready", reason, message };
}

const failures = new Set(["ProvisioningFailed", "FailedBinding"]);

/** A provisioner that exists usually needs less than a minute, and tries again if it fails. */
const attempts = new Set(["ExternalProvisioning", "Provisioning"]);

/** Unbound claims, with the reason. */
export function claimWaits(claims: readonly V1PersistentVolumeClaim[], events: Events): Wait[] {
  return claims.flatMap(({ metadata, spec, status }) => {
    if (status?.phase === "Bound" || metadata?.deletionTimestamp) return [];
    const all = events.get(metadata?.uid ?? "") ?? [];
    const telling = tellingEvent(all);
    // Bound when its pod is scheduled; the pod reports what it waits for.
    if (telling?.reason === "WaitForFirstConsumer") return [];
    const none = spec?.storageClassName ? `storage class ${spec.storageClassName}` : "no storage class";
    const newest = all.at(-1)?.reason ?? "";
    const isHopeless = status?.phase === "Lost" || failures.has(newest);
    return {
      ...objectOf("PersistentVolumeClaim", metadata),
      state: "unbound" as const,
      reason: telling?.reason ?? status?.phase ?? "Pending",
      message: telling?.message ?? `no volume is bound to it yet (${none})`,
      hopelessAfter: isHopeless ? hopelessSeconds : attempts.has(newest) ? slowSeconds : undefined,
    };
  });
}

/**
 * The event that says why a claim is unbound: the newest, or a provisioner's last failure if only
 * further attempts follow it.
 */
function tellingEvent(all: readonly CoreV1Event[]): CoreV1Event | undefined {
  const result = all.findLast(({ reason }) => !attempts.has(reason ?? ""));
  // The cluster's own controller hands the claim to a provisioner only after its own checks have passed.
  const failed =
    failures.has(result?.reason ?? "") && result?.source?.component !== "persistentvolume-controller";
  return failed ? result : all.at(-1);
}
