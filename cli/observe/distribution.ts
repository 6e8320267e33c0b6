import { type DelaySettings, delayProbability, delayQuantile } from "../../service/src/delay/distribution.ts";
import { metrics } from "../../service/src/metrics/definitions.ts";
import { histogramQuantile } from "../../service/src/metrics/quantile.ts";
import { measuredRoutes } from "../../service/src/routes.ts";
import { query, type Sample } from "../clients/prometheus.ts";

/** A range of latencies, with the measured and the configured share of requests. */
interface Bar {
  /** Seconds. */
  readonly from: number;
  readonly to: number;
  /** Shares of all requests, 0 to 1. */
  readonly measured: number;
  readonly configured: number;
}

/** The latency distribution in Prometheus and the configured one. */
export interface Comparison {
  readonly requests: number;
  /** Seconds. Measured quantiles are NaN without requests. */
  readonly quantiles: readonly {
    readonly q: number;
    readonly measured: number;
    readonly configured: number;
  }[];
  readonly ranges: readonly Bar[];
}

const shownQuantiles = [0.5, 0.9, 0.95, 0.99];

const shownRanges = 10;

/**
 * Reads the histogram of requests with a random delay: since the server started, or over a window
 * such as `5m`.
 */
export async function readDistribution(
  prometheusUrl: string,
  namespace: string,
  delays: DelaySettings,
  window: string | undefined,
): Promise<Comparison> {
  const labels = `{namespace="${namespace}",route="${measuredRoutes.drawn}"}`;
  const series = `${metrics.requestDuration.name}_bucket${labels}`;
  const counted = window === undefined ? series : `increase(${series}[${window}])`;
  return distributionOf(bucketsOf(await query(prometheusUrl, `sum by (le) (${counted})`)), delays);
}

export function distributionOf(buckets: readonly Bucket[], delays: DelaySettings): Comparison {
  const top = delays.max / 1000 || (buckets[0]?.le ?? 1);
  const configuredBelow = (seconds: number) => delayProbability(delays, seconds * 1000);
  const step = top / shownRanges;
  const ranges = Array.from({ length: shownRanges + 1 }, (_, index) => {
    const from = index * step;
    // The last range has requests that took longer than the longest delay: serving takes time too.
    const to = index === shownRanges ? Number.POSITIVE_INFINITY : from + step;
    // The first range includes 0.
    const within = (below: (seconds: number) => number) => below(to) - (index === 0 ? 0 : below(from));
    return {
      from,
      to,
      measured: within((seconds) => shareBelow(buckets, seconds)),
      configured: within(configuredBelow),
    };
  });
  const quantiles = shownQuantiles.map((q) => ({
    q,
    measured: quantileOf(buckets, q),
    configured: delayQuantile(delays, q) / 1000,
  }));
  return { requests: total(buckets), quantiles, ranges };
}

/** A bucket of a Prometheus histogram: the number of observations of at most `le` seconds. */
export interface Bucket {
  readonly le: number;
  readonly count: number;
}

/** The buckets in the result of a query `sum by (le)`, in ascending order. */
export function bucketsOf(samples: readonly Sample[]): Bucket[] {
  return samples
    .map(({ metric, value }) => ({
      le: metric.le === "+Inf" ? Number.POSITIVE_INFINITY : Number(metric.le),
      count: value,
    }))
    .toSorted((a, b) => a.le - b.le);
}

/** The number of observations. */
export function total(buckets: readonly Bucket[]): number {
  return buckets.at(-1)?.count ?? 0;
}

/** The share, 0 to 1, of observations of at most `seconds`, interpolated linearly as in Prometheus. */
export function shareBelow(buckets: readonly Bucket[], seconds: number): number {
  const all = total(buckets);
  if (all === 0) return 0;
  let [from, under] = [0, 0];
  for (const { le, count } of buckets) {
    if (seconds <= le) {
      const inside = Number.isFinite(le) && le > from ? (seconds - from) / (le - from) : 0;
      return (under + inside * (count - under)) / all;
    }
    [from, under] = [le, count];
  }
  return 1;
}

/** The result of PromQL's `histogram_quantile`. */
export function quantileOf(buckets: readonly Bucket[], q: number): number {
  const bounds = buckets.map(({ le }) => le).filter(Number.isFinite);
  const counts = buckets.map(({ count }, index) => count - (buckets[index - 1]?.count ?? 0));
  return histogramQuantile(bounds, counts, q);
}
