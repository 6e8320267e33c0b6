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

/**
 * The observations per bucket, not cumulative. The last bucket is `+Inf`.
 *
 * @param labels selects the series to add up
 */
export async function bucketCounts<Label extends string>(
  histogram: Histogram<Label>,
  labels: Partial<Record<Label, string>> = {},
): Promise<number[]> {
  const cumulated = new Map<string, number>();
  for (const { labels: of, value } of (await histogram.get()).values) {
    const series: Record<string, string | number | undefined> = of;
    if (series.le === undefined) continue;
    if (Object.entries(labels).some(([name, wanted]) => series[name] !== wanted)) continue;
    const bound = String(series.le);
    cumulated.set(bound, (cumulated.get(bound) ?? 0) + value);
  }
  return [...cumulated.values()].map((count, i, all) => count - (all[i - 1] ?? 0));
}
