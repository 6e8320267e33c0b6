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
