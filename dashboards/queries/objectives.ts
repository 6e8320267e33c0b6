import { metrics } from "../../service/src/metrics/definitions.ts";
import { buckets, type Metric, matches, series } from "../promql.ts";
import type { Objectives } from "../rules/objectives.ts";
import { errorRate, requestRate, type Scope } from "./traffic.ts";

/** The two objectives, as values of the label `slo`. */
export const slos = ["availability", "latency"] as const;
export type Slo = (typeof slos)[number];

/** Series of the recording rules about objectives. */
export const kept = {
  /** Requests per second. */
  requests: { name: "slo:requests:rate", type: "gauge", labels: ["slo"], recorded: true },
  /** Requests per second that missed the objective. */
  errors: { name: "slo:errors:rate", type: "gauge", labels: ["slo"], recorded: true },
  /** Share of requests that must meet the objective. */
  objective: { name: "slo:objective:ratio", type: "gauge", labels: ["slo"], recorded: true },
  /** How many times faster than allowed the error budget is spent, averaged over a window. */
  burnRate: { name: "slo:burn_rate:ratio", type: "gauge", labels: ["slo", "window"], recorded: true },
  /** Remaining share of the error budget; negative if it is exceeded. */
  budgetLeft: { name: "slo:budget_left:ratio", type: "gauge", labels: ["slo"], recorded: true },
} as const satisfies Record<string, Metric>;

/** Requests per second that missed an objective. */
export function brokenRate(slo: Slo, { threshold, base }: Objectives, where: Scope): string {
  if (slo === "availability") return errorRate("all", where, base);
  // In OpenMetrics, the bound 2 may be written 2.0.
  const le = matches(`${String(threshold).replace(".", "\\.")}(\\.0)?`);
  const fast = `sum(rate(${buckets(metrics.requestDuration, { ...where, le })}[${base}]))`;
  return `clamp_min(${requestRate("all", where, base)} - ${fast}, 0)`;
}

/** The burn rate over a window, from the recorded rates. */
export function burnRateOver(window: string, slo: Slo, objectives: Objectives): string {
  const errors = `avg_over_time(${series(kept.errors, { slo })}[${window}])`;
  const requests = `avg_over_time(${series(kept.requests, { slo })}[${window}])`;
  const budget = Number((1 - objectives[slo]).toPrecision(6));
  return `${errors} / ${requests} / ${budget}`;
}

/** Series of the recording rules by route, over five minutes. */
export const recent = {
  /** Requests per second. */
  rate: { name: "route:http_requests:rate5m", type: "gauge", labels: ["route"], recorded: true },
  /** Share of failed requests. */
  errors: {
    name: "route:http_request_errors:ratio_rate5m",
    type: "gauge",
    labels: ["route"],
    recorded: true,
  },
  /** Quantiles of the duration. */
  quantile: {
    name: "route:http_request_duration_seconds:quantile_rate5m",
    type: "gauge",
    labels: ["quantile", "route"],
    recorded: true,
  },
} as const satisfies Record<string, Metric>;

/** Series that Prometheus adds for every target. */
export const up = { name: "up", type: "gauge", labels: [] } as const satisfies Metric;

/** Selects the firing alerts about delayed servers among the series that Prometheus adds for alerts. */
export const firingAlerts = 'ALERTS{alertname=~"DelayedServer.+", alertstate="firing"}';
