import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import type { Events } from "./events.ts";
import { hopelessSeconds, type Wait } from "./wait.ts";

/** Unbound claims, with the reason. */
export function claimWaits(claims: readonly V1PersistentVolumeClaim[], events: Events): Wait[] {
  return claims.flatMap(({ metadata, spec, status }) => {
    if (status?.phase === "Bound" || metadata?.deletionTimestamp) return [];
    const newest = events.get(metadata?.uid ?? "")?.at(-1);
    // Bound when its pod is scheduled; the pod reports what it waits for.
    if (newest?.reason === "WaitForFirstConsumer") return [];
    const none = spec?.storageClassName ? `storage class ${spec.storageClassName}` : "no storage class";
    const failed = newest?.reason === "ProvisioningFailed" || newest?.reason === "FailedBinding";
    return {
      kind: "PersistentVolumeClaim",
      namespace: metadata?.namespace ?? "",
      name: metadata?.name ?? "",
      state: "unbound" as const,
      reason: newest?.reason ?? status?.phase ?? "Pending",
      message: newest?.message ?? `no volume is bound to it yet (${none})`,
      hopelessAfter: failed || status?.phase === "Lost" ? hopelessSeconds : undefined,
    };
  });
}
