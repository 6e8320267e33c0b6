import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";

/** What a browser opens through its NodePort: the pods, and the port they listen on. */
const opened = [
  { name: "grafana", labels: { "app.kubernetes.io/name": "grafana" }, port: 3000 },
  { name: "prometheus", labels: { app: "prometheus", component: "server" }, port: 9090 },
] as const;

/** A Prometheus scrapes every annotated pod of its cluster: so does that of another stack. */
const prometheusOfAnotherStack = {
  namespaceSelector: { matchLabels: { "app.kubernetes.io/part-of": "latency-lab" } },
  podSelector: { matchLabels: { app: "prometheus", component: "server" } },
};

/**
 * Loki, Alertmanager, Pushgateway and the exporters ask nobody for a password: only
 * the monitoring itself may talk to them. Grafana and Prometheus are reached from
 * everywhere, since requests to a NodePort are.
 */
export function monitoringPolicies(
  namespace: Input<string>,
  labels: Record<string, string>,
  options: CustomResourceOptions,
): void {
  new NetworkPolicy(
    "monitoring-only-itself",
    {
      metadata: { name: "only-itself", namespace, labels },
      spec: {
        podSelector: {},
        policyTypes: ["Ingress"],
        ingress: [{ from: [{ podSelector: {} }, prometheusOfAnotherStack] }],
      },
    },
    options,
  );
  for (const { name, labels: matchLabels, port } of opened) {
    new NetworkPolicy(
      `${name}-requests`,
      {
        metadata: { name, namespace, labels },
        spec: {
          podSelector: { matchLabels },
          policyTypes: ["Ingress"],
          ingress: [{ ports: [{ protocol: "TCP", port }] }],
        },
      },
      options,
    );
  }
}
