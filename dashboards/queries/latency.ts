import { configuredQuantiles, metrics } from "../../service/src/metrics/definitions.ts";
import { measuredRoutes } from "../../service/src/routes.ts";
import { buckets, type Matchers, series } from "../promql.ts";
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
