import { metrics } from "../../service/src/metrics/definitions.ts";
import { avgOverTime, clampMin, rate, sum, vector } from "../promql/functions.ts";
import type { Metric } from "../promql/metric.ts";
import { divide, minus, rest } from "../promql/operators.ts";
import { buckets, matches, type Range, series, type Vector } from "../promql/selector.ts";
import type { Objectives } from "../rules/objectives.ts";
import { errorRate, requestRate, type Scope } from "./traffic.ts";

/** The two promises, as values of the label `slo`. */
export const slos = ["availability", "latency"] as const;
export type Slo = (typeof slos)[number];

/** What the recording rules keep about them. */
export const kept = {
  /** Requests a second. */
  requests: { name: "slo:requests:rate", type: "gauge", labels: ["slo"], recorded: true },
  /** Requests a second that broke the promise. */
  errors: { name: "slo:errors:rate", type: "gauge", labels: ["slo"], recorded: true },
  /** The share of requests that must keep it. */
  objective: { name: "slo:objective:ratio", type: "gauge", labels: ["slo"], recorded: true },
  /** How many times faster than allowed the error budget burns, averaged over a window. */
  burnRate: { name: "slo:burn_rate:ratio", type: "gauge", labels: ["slo", "window"], recorded: true },
  /** The share of the error budget that is left; negative when it is overdrawn. */
  budgetLeft: { name: "slo:budget_left:ratio", type: "gauge", labels: ["slo"], recorded: true },
} as const satisfies Record<string, Metric>;

/** Requests a second that broke a promise. */
export function brokenRate(slo: Slo, { threshold, base }: Objectives, where: Scope): Vector<never> {
  if (slo === "availability") return errorRate([], where, base);
  // OpenMetrics allows 2 to be written as 2.0.
  const le = matches(`${String(threshold).replace(".", "\\.")}(\\.0)?`);
  const fast = sum([], rate(buckets(metrics.requestDuration, where, { le }), base));
  return clampMin(minus(requestRate([], where, base), fast), 0);
}

export function objectiveOf(slo: Slo, objectives: Objectives): Vector<never> {
  return vector(objectives[slo]);
}

/** The error budget's burn rate over a window, from what is kept. */
export function burnRateOver(window: Range, slo: Slo, objectives: Objectives): Vector<"slo"> {
  const share = divide(
    avgOverTime(series(kept.errors, { slo }), window),
    avgOverTime(series(kept.requests, { slo }), window),
  );
  return divide(share, budget(slo, objectives));
}

/** What is left of the error budget in its period. */
export function budgetLeft(slo: Slo, objectives: Objectives): Vector<"slo"> {
  return rest(burnRateOver(objectives.period, slo, objectives));
}

/** The share of requests that may break the promise. */
function budget(slo: Slo, objectives: Objectives): number {
  return Number((1 - objectives[slo]).toPrecision(6));
}

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
