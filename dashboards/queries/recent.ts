import type { Metric } from "../promql/metric.ts";

/** What the recording rules keep by route, over the last five minutes. */
export const recent = {
  range: "5m",
  /** Requests a second. */
  rate: { name: "route:http_requests:rate5m", type: "gauge", labels: ["route"], recorded: true },
  /** The share of them that the server failed. */
  errors: {
    name: "route:http_request_errors:ratio_rate5m",
    type: "gauge",
    labels: ["route"],
    recorded: true,
  },
  /** Quantiles of their time. */
  quantile: {
    name: "route:http_request_duration_seconds:quantile_rate5m",
    type: "gauge",
    labels: ["quantile", "route"],
    recorded: true,
  },
} as const satisfies Record<string, Metric | string>;
