import type { Histogram } from "prom-client";

/**
 * Calculates a quantile like `histogram_quantile` of Prometheus: by linear interpolation within its bucket.
 *
 * @param bounds upper bounds, ascending, without `+Inf`
 * @param counts observations per bucket, not cumulative; the last one is for `+Inf`
 * @returns NaN without observations; the last bound if the quantile is above it
 */
export function histogramQuantile(
  bounds: readonly number[],
  counts: readonly number[],
  quantile: number,
): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return Number.NaN;
  const rank = quantile * total;
  let before = 0;
  for (const [i, bound] of bounds.entries()) {
    const inBucket = counts[i] ?? 0;
    if (before + inBucket >= rank && inBucket > 0) {
      const lower = bounds[i - 1] ?? 0;
      return lower + ((bound - lower) * (rank - before)) / inBucket;
    }
    before += inBucket;
  }
  return bounds.at(-1) ?? Number.NaN;
}

/** The share of the observations that are at most `value`: the inverse of `histogramQuantile`. */
export function histogramShare(bounds: readonly number[], counts: readonly number[], value: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0 || value === Number.POSITIVE_INFINITY) return Math.min(total, 1);
  const upTo = bounds.reduce((sum, bound, i) => {
    const lower = bounds[i - 1] ?? 0;
    const part = Math.min(Math.max((value - lower) / (bound - lower), 0), 1);
    return sum + part * (counts[i] ?? 0);
  }, 0);
  return upTo / total;
}

/** The bounds and the observations per bucket, as above, of the series of a route, or of all series. */
export async function bucketsOf<Label extends string>(histogram: Histogram<Label>, route?: string) {
  const cumulative = new Map<number, number>();
  for (const { labels, value } of (await histogram.get()).values) {
    const { le, route: of }: Partial<Record<string, string | number>> = labels;
    if (le === undefined || (route !== undefined && of !== route)) continue;
    const bound = Number(String(le).replace("+Inf", "Infinity"));
    cumulative.set(bound, (cumulative.get(bound) ?? 0) + value);
  }
  return {
    bounds: [...cumulative.keys()].slice(0, -1),
    counts: [...cumulative.values()].map((count, i, all) => count - (all[i - 1] ?? 0)),
  };
}
