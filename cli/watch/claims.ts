import type { CoreV1Event, V1PersistentVolumeClaim } from "@kubernetes/client-node";
import type { Events } from "./snapshot.ts";
import { hopelessSeconds, objectOf, slowSeconds, type Wait } from "./wait.ts";

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
export function tellingEvent(all: readonly CoreV1Event[]): CoreV1Event | undefined {
  const result = all.findLast(({ reason }) => !attempts.has(reason ?? ""));
  // The cluster's own controller hands the claim to a provisioner only after its own checks have passed.
  const failed =
    failures.has(result?.reason ?? "") && result?.source?.component !== "persistentvolume-controller";
  return failed ? result : all.at(-1);
}
