/** The observations of a histogram, per bucket. */
export interface Buckets {
  /** Upper bounds, ascending, without `+Inf`. */
  readonly bounds: readonly number[];
  /** Observations per bucket, not cumulative; the last one is for `+Inf`. */
  readonly counts: readonly number[];
}

/** The buckets of cumulative counts by `le`, in any order. Counts of several series are added; samples without `le` are ignored. */
export function bucketsOf(samples: readonly { le?: string | number | undefined; value: number }[]): Buckets {
  const cumulative = new Map<number, number>();
  for (const { le, value } of samples) {
    if (le === undefined) continue;
    const bound = Number(String(le).replace("+Inf", "Infinity"));
    cumulative.set(bound, (cumulative.get(bound) ?? 0) + value);
  }
  const sorted = [...cumulative].sort(([a], [b]) => a - b);
  return {
    bounds: sorted.slice(0, -1).map(([bound]) => bound),
    counts: sorted.map(([, count], i) => count - (sorted[i - 1]?.[1] ?? 0)),
  };
}

/** The number of observations. */
export function observations({ counts }: Buckets): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * Calculates a quantile like `histogram_quantile` of Prometheus: by linear interpolation within its bucket.
 *
 * @returns NaN without observations; the last bound if the quantile is above it
 */
export function histogramQuantile(buckets: Buckets, quantile: number): number {
  const { bounds, counts } = buckets;
  const total = observations(buckets);
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

/** The share (0 to 1) of the observations that are at most `value`: the inverse of `histogramQuantile`. */
export function histogramShare(buckets: Buckets, value: number): number {
  const { bounds, counts } = buckets;
  const total = observations(buckets);
  if (total === 0 || value === Number.POSITIVE_INFINITY) return Math.min(total, 1);
  const upTo = bounds.reduce((sum, bound, i) => {
    const lower = bounds[i - 1] ?? 0;
    const part = Math.min(Math.max((value - lower) / (bound - lower), 0), 1);
    return sum + part * (counts[i] ?? 0);
  }, 0);
  return upTo / total;
}
