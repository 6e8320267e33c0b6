// PromQL that is used in more than one place. A query used once is in its panel or rule.
import { configuredQuantiles, metrics } from "../service/src/metrics/definitions.ts";
import { measuredRoutes } from "../service/src/routes.ts";
import { buckets, counts, type Matchers, type Metric, matches, series, type TargetLabel } from "./promql.ts";
import type { Objectives } from "./rules/objectives.ts";

/** The targets that a query selects. */
export type Scope = Matchers<TargetLabel>;

/** The servers selected by the dashboard's variables. */
export const chosenServers = {
  job: matches("$job"),
  namespace: matches("$namespace"),
  pod: matches("$pod"),
  instance: matches("$instance"),
} satisfies Scope;

/** The servers and routes selected by the variables. */
export const chosenRequests = { ...chosenServers, route: matches("$route") };

/** The targets selected by the variables of the monitoring dashboard. */
export const chosenTargets = { job: matches("$job"), instance: matches("$instance") } satisfies Scope;

/** The servers of one stack; those outside the cluster lack its label. Without a stack, all servers. */
export function serversOf(stack: { readonly instance: string } | undefined): Scope {
  // Stack names contain only lower-case letters, digits and `-`, so they need no escaping.
  return stack === undefined ? {} : { app_kubernetes_io_instance: matches(`${stack.instance}|`) };
}

type Where = Scope & Matchers<"route">;

/** All requests together, or each route. */
type By = "all" | "route";
const sumBy = { all: "sum", route: "sum by (route) " } as const;

/** Answered requests per second, without probes, scrapes and aborted requests. */
export function requestRate(by: By, where: Where, over: string): string {
  return `${sumBy[by]}(rate(${counts(metrics.requestDuration, where)}[${over}]))`;
}

/** Requests per second that failed by the server's fault; 0 instead of nothing if none failed. */
function errorRate(by: By, where: Where, over: string): string {
  const failed = counts(metrics.requestDuration, { ...where, status: matches("5..") });
  return `${sumBy[by]}(rate(${failed}[${over}]))\nor ${requestRate(by, where, over)} * 0`;
}

/** Share of failed requests. */
export function errorRatio(by: By, where: Where, over: string): string {
  return `(${errorRate(by, where, over)}) / ${requestRate(by, where, over)}`;
}

/** The quantiles for which the server reports the configured delay, and which dashboards show. */
export const quantiles = configuredQuantiles;
export type Quantile = (typeof quantiles)[number];

/** Display name of a quantile: `p99` for `0.99`. */
export function percentile(quantile: Quantile): string {
  return `p${Number((Number(quantile) * 100).toPrecision(4))}`;
}

/** Only these requests have random delays, so only they are compared with the configured ones. */
export const drawn = { route: measuredRoutes.drawn };

/** A quantile of the duration, from the buckets derived from the delays. */
export function latencyQuantile(quantile: Quantile, where: Where, over: string): string {
  return `histogram_quantile(${quantile}, sum by (le) (rate(${buckets(metrics.requestDuration, where)}[${over}])))`;
}

/** A quantile for each route. */
export function latencyQuantileByRoute(quantile: Quantile, where: Where, over: string): string {
  return `histogram_quantile(${quantile}, sum by (le, route) (rate(${buckets(metrics.requestDuration, where)}[${over}])))`;
}

/** Number of requests in each bucket over a range. */
export function latencyHistogram(where: Where, over: string): string {
  return `sum by (le) (increase(${buckets(metrics.requestDuration, where)}[${over}]))`;
}

/** The true quantiles of the configured delays. */
export function configuredDelay(where: Scope): string {
  return `avg by (quantile) (${series(metrics.configuredDelay, where)})`;
}

/** Measured quantiles of the random delays over a range, from the buckets derived from the delays. */
export function measuredQuantiles(where: Scope, over: string): string {
  return eachQuantile(latencyHistogram({ ...where, ...drawn }, over));
}

/** The same from the buckets 0.1 s × 1.5^k. */
export function naiveQuantiles(where: Scope, over: string): string {
  const chosen = buckets(metrics.naiveRequestDuration, { ...where, ...drawn });
  return eachQuantile(`sum by (le) (increase(${chosen}[${over}]))`);
}

function eachQuantile(histogram: string): string {
  return quantiles
    .map((q) => `label_replace(histogram_quantile(${q}, ${histogram}), "quantile", "${q}", "", "")`)
    .join("\nor ");
}

/** Relative error of measured quantiles, compared with the configured ones. */
export function errorOf(measured: string, where: Scope): string {
  return `(${measured}) / on (quantile) ${configuredDelay(where)} - 1`;
}

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
