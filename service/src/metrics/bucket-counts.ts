import type { Histogram } from "prom-client";

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
