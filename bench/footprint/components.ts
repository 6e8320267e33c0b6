/** Parts of pods' names, in the order in which they are looked for. */
const components = [
  "delayed-server",
  "load",
  "kube-state-metrics",
  "node-exporter",
  "pushgateway",
  "alertmanager",
  "prometheus-server",
  "promtail",
  "grafana",
] as const;

/** Which component a pod is of, by its name. What is named after the release alone is Loki. */
export function componentOf(pod: string): string {
  return components.find((name) => pod.includes(name)) ?? "loki";
}
