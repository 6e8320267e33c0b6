import { metrics } from "../../service/src/metrics/definitions.ts";
import { avgOverTime, clampMin, rate, sum, vector } from "../promql/functions.ts";
import type { Metric } from "../promql/metric.ts";
import { divide, minus, rest } from "../promql/operators.ts";
import { buckets, matches, type Range, series, type Vector } from "../promql/selector.ts";
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
export function brokenRate(slo: Slo, { threshold, base }: Objectives, where: Scope): Vector<never> {
  if (slo === "availability") return errorRate([], where, base);
  // In OpenMetrics, the bound 2 may be written 2.0.
  const le = matches(`${String(threshold).replace(".", "\\.")}(\\.0)?`);
  const fast = sum([], rate(buckets(metrics.requestDuration, where, { le }), base));
  return clampMin(minus(requestRate([], where, base), fast), 0);
}

export function objectiveOf(slo: Slo, objectives: Objectives): Vector<never> {
  return vector(objectives[slo]);
}

/** The recorded burn rate over a window. */
export function burnRateOver(window: Range, slo: Slo, objectives: Objectives): Vector<"slo"> {
  const share = divide(
    avgOverTime(series(kept.errors, { slo }), window),
    avgOverTime(series(kept.requests, { slo }), window),
  );
  return divide(share, budget(slo, objectives));
}

/** The remaining error budget of the period. */
export function budgetLeft(slo: Slo, objectives: Objectives): Vector<"slo"> {
  return rest(burnRateOver(objectives.period, slo, objectives));
}

/** Share of requests that may miss the objective. */
function budget(slo: Slo, objectives: Objectives): number {
  return Number((1 - objectives[slo]).toPrecision(6));
}

/** Series of the recording rules by route, over five minutes. */
export const recent = {
  range: "5m",
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
} as const satisfies Record<string, Metric | string>;
