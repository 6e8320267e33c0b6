import type { types } from "@pulumi/kubernetes";
import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import type { CustomResourceOptions } from "@pulumi/pulumi";

type Metadata = types.input.meta.v1.ObjectMeta;

/** A server's process uses one core at most: another pod before it is used up. */
const busyCpu = "700m";

/** Pods on different nodes, and in different zones, as far as there are any. */
export function spread(selector: Record<string, string>): types.input.core.v1.TopologySpreadConstraint[] {
  return ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
    topologyKey,
    maxSkew: 1,
    // A cluster of one node runs all of them.
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: selector },
  }));
}

/**
 * Nodes are drained of one pod at a time. Said as what may be missing, not as
 * what must be there: a single pod would keep its node from ever being drained.
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

/** More pods while the ones there are busy. Needs the cluster's metrics API (metrics-server). */
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
