import { configuredQuantiles, metrics } from "../../service/src/metrics/definitions.ts";
import { measuredRoutes } from "../../service/src/routes.ts";
import { avg, histogramQuantile, increase, labelReplace, rate, sum } from "../promql/functions.ts";
import { divide, minus, or } from "../promql/operators.ts";
import { buckets, counts, type Matchers, type Range, series, sums, type Vector } from "../promql/selector.ts";
import type { Scope } from "./traffic.ts";

/** The quantiles for which the server reports the configured delay, and which dashboards show. */
export const quantiles = configuredQuantiles;
export type Quantile = (typeof quantiles)[number];

/** Display name of a quantile: `p99` for `0.99`. */
export function percentile(quantile: Quantile): string {
  return `p${Number((Number(quantile) * 100).toPrecision(4))}`;
}

/** Only these requests have random delays, so only they are compared with the configured ones. */
export const drawn = { route: measuredRoutes.drawn };

type Where = Scope & Matchers<"route">;

/** A quantile of the duration, from the buckets derived from the delays. */
export function latencyQuantile(quantile: Quantile, where: Where, over: Range): Vector<never> {
  return histogramQuantile(quantile, latencyBuckets(where, over));
}

/** Requests per second in each bucket. */
function latencyBuckets(where: Where, over: Range): Vector<"le"> {
  return sum(["le"], rate(buckets(metrics.requestDuration, where), over));
}

/** Number of requests in each bucket over a range. */
export function latencyHistogram(where: Where, over: Range): Vector<"le"> {
  return sum(["le"], increase(buckets(metrics.requestDuration, where), over));
}

/** A quantile for each route. */
export function latencyQuantileByRoute(quantile: Quantile, where: Where, over: Range): Vector<"route"> {
  return histogramQuantile(
    quantile,
    sum(["le", "route"], rate(buckets(metrics.requestDuration, where), over)),
  );
}

/** The true quantiles of the configured delays. */
export function configuredDelay(where: Scope): Vector<"quantile"> {
  return avg(["quantile"], series(metrics.configuredDelay, where));
}

/** Measured quantiles of the random delays over a range, from the buckets derived from the delays. */
export function measuredQuantiles(where: Scope, over: Range): Vector<"quantile"> {
  return eachQuantile(sum(["le"], increase(buckets(metrics.requestDuration, where, drawn), over)));
}

/** The same from the buckets 0.1 s × 1.5^k. */
export function naiveQuantiles(where: Scope, over: Range): Vector<"quantile"> {
  return eachQuantile(sum(["le"], increase(buckets(metrics.naiveRequestDuration, where, drawn), over)));
}

/** Relative error of measured quantiles, compared with the configured ones. */
export function errorOf(read: Vector<"quantile">, where: Scope): Vector<"quantile"> {
  return minus(divide(read, configuredDelay(where), { on: ["quantile"] }), 1);
}

/** A single quantile from the buckets 0.1 s × 1.5^k. */
export function naiveQuantile(quantile: Quantile, where: Scope, over: Range): Vector<never> {
  return histogramQuantile(
    quantile,
    sum(["le"], rate(buckets(metrics.naiveRequestDuration, where, drawn), over)),
  );
}

/** Mean time in each step of a request. */
export function meanByStep(where: Scope, over: Range): Vector<"step"> {
  const { executionLatency } = metrics;
  return divide(
    sum(["step"], rate(sums(executionLatency, where), over)),
    sum(["step"], rate(counts(executionLatency, where), over)),
  );
}

function eachQuantile(histogram: Vector<"le">): Vector<"quantile"> {
  const [first, ...others] = quantiles.map((quantile) =>
    labelReplace(histogramQuantile(quantile, histogram), "quantile", quantile),
  ) as [Vector<"quantile">, ...Vector<"quantile">[]];
  return or(first, ...others);
}
