import type { Histogram } from "prom-client";

/**
 * The quantile that Prometheus reads off a histogram with `histogram_quantile`:
 * a straight line through the bucket in which it lies.
 *
 * @param bounds upper bounds, ascending, without `+Inf`
 * @param counts observations per bucket, not cumulated, the last one for `+Inf`
 * @returns NaN when nothing was observed, the last bound when the quantile lies above it
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
 * What a histogram has counted in each bucket, not cumulated, the last one being `+Inf`.
 *
 * @param labels only of the series that have these
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
