import type { V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import type { Wait } from "./wait.ts";

/** Autoscalers that get no metrics, or can't scale. */
export function autoscalerWaits(autoscalers: readonly V2HorizontalPodAutoscaler[]): Wait[] {
  return autoscalers.flatMap(({ metadata, status }) => {
    const failing = status?.conditions?.find(
      (one) => one.status === "False" && (one.type === "ScalingActive" || one.type === "AbleToScale"),
    );
    // With 0 replicas, scaling is disabled on purpose.
    if (failing === undefined || failing.reason === "ScalingDisabled") return [];
    return {
      kind: "HorizontalPodAutoscaler",
      namespace: metadata?.namespace ?? "",
      name: metadata?.name ?? "",
      state: "scaling" as const,
      reason: failing.reason ?? failing.type,
      message: failing.message ?? "",
      harmless: true,
    };
  });
}
