import type { types } from "@pulumi/kubernetes";
import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import type { CustomResourceOptions } from "@pulumi/pulumi";

type Metadata = types.input.meta.v1.ObjectMeta;

/** A server process uses at most one core; scale out before that. */
const busyCpu = "700m";

/** Spreads pods over nodes and zones, if there are several. */
export function spread(selector: Record<string, string>): types.input.core.v1.TopologySpreadConstraint[] {
  return ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
    topologyKey,
    maxSkew: 1,
    // A cluster of one node must run all pods.
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: selector },
  }));
}

/**
 * Lets a drain evict one pod at a time. With `minAvailable`, a single pod would block the drain
 * of its node for ever.
 */
export function disruptionBudget(
  metadata: Metadata,
  selector: Record<string, string>,
  options: CustomResourceOptions,
): PodDisruptionBudget {
  return new PodDisruptionBudget(
    "delayed-server-disruptions",
    { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: selector } } },
    options,
  );
}

/** Scales the pods by CPU. Needs the cluster's metrics API (metrics-server). */
export function autoscaler(
  metadata: Metadata,
  replicas: { from: number; to: number },
  options: CustomResourceOptions,
): HorizontalPodAutoscaler {
  return new HorizontalPodAutoscaler(
    "delayed-server-autoscaler",
    {
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "delayed-server" },
        minReplicas: replicas.from,
        maxReplicas: replicas.to,
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "AverageValue", averageValue: busyCpu } },
          },
        ],
      },
    },
    options,
  );
}
