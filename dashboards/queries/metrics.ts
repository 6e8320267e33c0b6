// Metrics of Prometheus 2.41, Loki 2.9, and Promtail 2.9 and 3.5. real.test.ts checks that they exist.
import type { Metric } from "../promql/metric.ts";

/** Added by Prometheus for every target. */
export const scraping = {
  up: { name: "up", type: "gauge", labels: [] },
  duration: { name: "scrape_duration_seconds", type: "gauge", labels: [] },
  samples: { name: "scrape_samples_scraped", type: "gauge", labels: [] },
} as const satisfies Record<string, Metric>;

/** Added by Prometheus for every pending or firing alert. */
export const alerts = {
  name: "ALERTS",
  type: "gauge",
  labels: ["alertname", "alertstate", "severity", "slo"],
} as const satisfies Metric;

export const prometheus = {
  series: { name: "prometheus_tsdb_head_series", type: "gauge", labels: [] },
  samples: { name: "prometheus_tsdb_head_samples_appended_total", type: "counter", labels: ["type"] },
  ruleDuration: {
    name: "prometheus_rule_group_last_duration_seconds",
    type: "gauge",
    labels: ["rule_group"],
  },
  ruleFailures: {
    name: "prometheus_rule_evaluation_failures_total",
    type: "counter",
    labels: ["rule_group"],
  },
  notificationsSent: {
    name: "prometheus_notifications_sent_total",
    type: "counter",
    labels: ["alertmanager"],
  },
  notificationErrors: {
    name: "prometheus_notifications_errors_total",
    type: "counter",
    labels: ["alertmanager"],
  },
} as const satisfies Record<string, Metric>;

export const loki = {
  lines: { name: "loki_distributor_lines_received_total", type: "counter", labels: ["tenant"] },
  bytes: { name: "loki_distributor_bytes_received_total", type: "counter", labels: ["tenant"] },
  streams: { name: "loki_ingester_memory_streams", type: "gauge", labels: ["tenant"] },
  discarded: { name: "loki_discarded_samples_total", type: "counter", labels: ["reason", "tenant"] },
  requests: {
    name: "loki_request_duration_seconds",
    type: "histogram",
    labels: ["method", "route", "status_code", "ws"],
  },
} as const satisfies Record<string, Metric>;

export const promtail = {
  sent: { name: "promtail_sent_entries_total", type: "counter", labels: ["host"] },
  dropped: { name: "promtail_dropped_entries_total", type: "counter", labels: ["host", "reason"] },
  read: { name: "promtail_read_bytes_total", type: "gauge", labels: ["path"] },
  size: { name: "promtail_file_bytes_total", type: "gauge", labels: ["path"] },
} as const satisfies Record<string, Metric>;
