/**
 * Recommended labels (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/)
 * of everything that the stack itself puts into the cluster.
 */
export function recommendedLabels(instance: string, component: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": component,
    "app.kubernetes.io/instance": instance,
    "app.kubernetes.io/part-of": "latency-lab",
    "app.kubernetes.io/managed-by": "pulumi",
  };
}
