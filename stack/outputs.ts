import type { Output } from "@pulumi/pulumi";
import type { Distribution } from "./monitoring/versions.ts";

/** The stack's outputs. */
export interface Outputs {
  /** Grafana's login page. */
  readonly grafanaUrl: Output<string>;
  /** User name of Grafana's administrator. */
  readonly grafanaUser: Output<string>;
  /** The administrator's password. Secret: `pulumi stack output --show-secrets grafanaPassword`. */
  readonly grafanaPassword: Output<string>;
  /** The dashboard with the latency distribution. */
  readonly dashboardUrl: Output<string>;
  /** Prometheus; with your own store, the agent, which shows its targets. */
  readonly prometheusUrl: Output<string>;
  /** A graph of p50, p90 and p99: in Prometheus or, with your own store, in Grafana. */
  readonly latencyQueryUrl: Output<string>;
  /** The delayed server. */
  readonly serverUrl: Output<string>;
  /** The delayed server's metrics endpoint. */
  readonly metricsUrl: Output<string>;
  /** The delayed server's image, by digest if it was pushed. */
  readonly image: Output<string>;
  /** The namespaces of the server and of the monitoring. */
  readonly namespaces: Output<{ server: string; monitoring: string }>;
  /** A kubeconfig with one context, the stack's. Secret. */
  readonly kubeconfig: Output<string>;
}

/** URL of Prometheus' page with a graph of each query over the last 15 minutes. */
export function graphUrl(
  prometheusUrl: Output<string>,
  queries: readonly string[],
  { graphPage, graphTab }: Pick<Distribution, "graphPage" | "graphTab">,
): Output<string> {
  const parameters = queries.flatMap((query, index) => [
    `g${index}.expr=${encodeURIComponent(query)}`,
    `g${index}.tab=${graphTab}`,
    `g${index}.range_input=15m`,
  ]);
  return prometheusUrl.apply((url) => `${url}${graphPage}?${parameters.join("&")}`);
}
