import { loadMetrics } from "../../service/src/load/metrics.ts";
import { processMetrics } from "../../service/src/metrics/definitions.ts";
import { atLeast, average, count, histogramQuantile, maximum, rate, sum } from "../promql/functions.ts";
import type { Metric } from "../promql/metric.ts";
import { equal, minus, orZero } from "../promql/operators.ts";
import { buckets, type Range, series } from "../promql/selector.ts";
import type { Scope } from "./traffic.ts";

/** Targets whose last scrape was answered. */
export function targetsUp(where: Scope) {
  return sum([], series(scraping.up, where));
}

/** Targets whose last scrape failed; 0, not nothing, when there are none. */
export function targetsDown(where: Scope) {
  return orZero(count([], equal(series(scraping.up, where), 0)));
}

/** The share of a job's targets whose last scrape was answered. */
export function answeredShare(where: Scope) {
  return average(["job"], series(scraping.up, where));
}

export function scrapeDuration(where: Scope) {
  return maximum(["job"], series(scraping.duration, where));
}

export function samplesByJob(where: Scope) {
  return sum(["job"], series(scraping.samples, where));
}

export function storedSeries(where: Scope) {
  return sum(["instance"], series(prometheus.series, where));
}

export function appendedSamples(where: Scope, over: Range) {
  return sum(["instance"], rate(series(prometheus.samples, where), over));
}

export function ruleDuration(where: Scope) {
  return maximum(["rule_group"], series(prometheus.ruleDuration, where));
}

export function ruleFailures(where: Scope, over: Range) {
  return sum(["rule_group"], rate(series(prometheus.ruleFailures, where), over));
}

/** Alerts a second that reached an Alertmanager, and that did not. */
export function notifications(where: Scope, over: Range) {
  return {
    sent: orZero(sum([], rate(series(prometheus.notificationsSent, where), over))),
    failed: orZero(sum([], rate(series(prometheus.notificationErrors, where), over))),
  };
}

export function residentMemory(where: Scope) {
  return sum(["job", "instance"], series(processMetrics.residentMemory, where));
}

export function receivedLines(where: Scope, over: Range) {
  return sum(["instance"], rate(series(loki.lines, where), over));
}

export function receivedBytes(where: Scope, over: Range) {
  return sum(["instance"], rate(series(loki.bytes, where), over));
}

export function streams(where: Scope) {
  return sum(["instance"], series(loki.streams, where));
}

export function lokiRequestTime(quantile: number, where: Scope, over: Range) {
  return histogramQuantile(quantile, sum(["le", "route"], rate(buckets(loki.requests, where), over)));
}

export function sentLines(where: Scope, over: Range) {
  return sum(["instance"], rate(series(promtail.sent, where), over));
}

/** What is written to the files that Promtail follows, and not yet read by it. */
export function unreadBytes(where: Scope) {
  return sum(["instance"], atLeast(minus(series(promtail.size, where), series(promtail.read, where)), 0));
}

/** Lines a second that were given up. */
export function lostLines(where: Scope, over: Range) {
  return {
    discarded: orZero(sum([], rate(series(loki.discarded, where), over))),
    dropped: orZero(sum([], rate(series(promtail.dropped, where), over))),
  };
}

// The metrics of everything around the server that dashboards ask for, as far as
// they ask: Prometheus 2.41, Loki 2.9, Promtail 2.9 and 3.5. Whether they are
// still called so is tested against the real ones.

/** What Prometheus itself adds for every target. */
export const scraping = {
  up: { name: "up", type: "gauge", labels: [] },
  duration: { name: "scrape_duration_seconds", type: "gauge", labels: [] },
  samples: { name: "scrape_samples_scraped", type: "gauge", labels: [] },
} as const satisfies Record<string, Metric>;

/** What Prometheus adds for every alert that is pending or firing. */
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

/** Requests a second that the load generator sent and that ended, by the status of their answer. */
export function sentByStatus(where: Scope, over: Range) {
  return sum(["status"], rate(series(loadMetrics.requests, where), over));
}

/** Requests a second that it is told to send. */
export function configuredRate(where: Scope) {
  return sum([], series(loadMetrics.rate, where));
}

export function waiting(where: Scope) {
  return sum([], series(loadMetrics.inFlight, where));
}

/** Requests a second that were due and not sent, because too many were waiting. */
export function notSent(where: Scope, over: Range) {
  return sum([], rate(series(loadMetrics.skipped, where), over));
}

/** A quantile of the time from the moment a request was due to the end of its answer. */
export function clientQuantile(quantile: number, where: Scope, over: Range) {
  return histogramQuantile(quantile, sum(["le"], rate(buckets(loadMetrics.duration, where), over)));
}
