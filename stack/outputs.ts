import type { Output } from "@pulumi/pulumi";

/** What the stack exports: everything a user opens or a script needs. */
export interface Outputs {
  /** Grafana, at its login. */
  readonly grafanaUrl: Output<string>;
  /** Grafana's administrator. */
  readonly grafanaUser: Output<string>;
  /** The administrator's password. Secret: `pulumi stack output --show-secrets grafanaPassword`. */
  readonly grafanaPassword: Output<string>;
  /** The dashboard of the latency's distribution. */
  readonly dashboardUrl: Output<string>;
  /** Prometheus. */
  readonly prometheusUrl: Output<string>;
  /** Prometheus, at a graph of p50, p90 and p99. */
  readonly latencyQueryUrl: Output<string>;
  /** The delayed server. */
  readonly serverUrl: Output<string>;
  /** Its metrics, as Prometheus scrapes them. */
  readonly metricsUrl: Output<string>;
  /** Its image, by digest where it was pushed. */
  readonly image: Output<string>;
  /** The namespaces of the server and of the monitoring. */
  readonly namespaces: Output<{ server: string; monitoring: string }>;
  /** A kubeconfig with the stack's one context. Secret. */
  readonly kubeconfig: Output<string>;
}

/** Prometheus' page with a graph for each of the queries, over the last quarter of an hour. */
export function graphUrl(prometheusUrl: Output<string>, queries: readonly string[]): Output<string> {
  const parameters = queries.flatMap((query, index) => [
    `g${index}.expr=${encodeURIComponent(query)}`,
    `g${index}.tab=0`,
    `g${index}.range_input=15m`,
  ]);
  return prometheusUrl.apply((url) => `${url}/graph?${parameters.join("&")}`);
}
