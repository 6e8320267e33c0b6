import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import { prometheusPod } from "./values-prometheus.ts";

/** Pods that a browser reaches through a NodePort, and their ports. */
const exposed = [
  { name: "grafana", labels: { "app.kubernetes.io/name": "grafana" }, port: 3000 },
  { name: "prometheus", labels: prometheusPod, port: 9090 },
] as const;

/** Prometheus scrapes every annotated pod of its cluster, including those of other stacks. */
const prometheusOfAnotherStack = {
  namespaceSelector: { matchLabels: { "app.kubernetes.io/part-of": "latency-lab" } },
  podSelector: { matchLabels: prometheusPod },
};

/**
 * Loki, Alertmanager, Pushgateway and the exporters have no password, so only the monitoring may
 * connect to them. Grafana and Prometheus accept all connections: NodePort requests can come from
 * any address.
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
  for (const { name, labels: matchLabels, port } of exposed) {
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
