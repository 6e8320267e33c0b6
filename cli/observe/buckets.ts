import { histogramQuantile } from "../../service/src/metrics/quantile.ts";
import type { Sample } from "../clients/prometheus.ts";

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
