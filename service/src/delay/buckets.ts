import { type DelaySettings, delayQuantile } from "./distribution.ts";
import type { Milliseconds } from "./duration.ts";

/** Bounds up to the maximum delay. With those above it and `+Inf`, a histogram has 40 buckets. */
const boundsWithinDelays = 33;
/** Bounds above the maximum delay, for an overloaded server. */
const boundsAboveDelays = 6;
/** Number of initial buckets, each with the same share of requests. */
const evenBuckets = 16;
/** The quantiles to optimize for. Lower ones are rarely of interest; higher ones cannot be read from a histogram. */
const readQuantiles = { from: 0.25, to: 0.995 };
/** A bucket is split if interpolation within it is off by more than this share of the quantile. */
const tolerance = 0.001;
/** A bucket is exact enough if its width is at most this share of its bound. */
const narrow = 0.00505;

/**
 * The bucket bounds, in seconds, of a histogram of requests with these delays.
 *
 * `histogram_quantile` interpolates linearly within a bucket, so bounds belong where that is most wrong:
 *
 * 1. A repeated delay (a fixed one, an entry of a list, or the minimum or maximum) gets a narrow bucket
 *    for the time that serving adds to it.
 * 2. The rest is divided into buckets with equal shares of the requests, which have equal widths if the
 *    delays are uniform.
 * 3. The bucket with the largest error is split until all errors are tolerable or the bounds are used up.
 */
export function delayBuckets(delays: DelaySettings): number[] {
  const { served, repeated } = servedQuantiles(delays);
  const last = bound(served, served.at(-1)?.time ?? 0);
  let buckets = [bucketBetween(served, { p: 0, time: 0 }, last)];
  const room = () => boundsWithinDelays - buckets.length;
  const splitAt = (times: readonly Milliseconds[]) => {
    for (const time of times) if (room() > 0) buckets = splitAtTime(served, buckets, time);
  };

  splitAt(repeated.flatMap((delay) => [delay, delay + usualOverhead(delay)]));
  splitAt(Array.from({ length: evenBuckets }, (_, i) => quantileAt(served, i / evenBuckets)));
  while (room() > 0) {
    const worst = buckets.reduce((a, b) => (b.error > a.error ? b : a));
    if (worst.error === 0) break;
    buckets = splitEach(served, buckets, [worst]);
  }
  splitAt(repeated.map((delay) => delay + busyOverhead(delay)));
  for (let fullest = fullestOf(buckets); fullest.length > 0 && fullest.length <= room(); ) {
    buckets = splitEach(served, buckets, fullest);
    fullest = fullestOf(buckets);
  }

  const within = buckets.map(({ upper }) => upper.time);
  return [...within, ...boundsAbove(last.time)].map((time) => Number((time / 1000).toPrecision(12)));
}

/** A point of the quantile function: a share `p` of the requests takes at most `time`. */
interface Quantile {
  p: number;
  time: Milliseconds;
}

/** The shares at which the quantile function is sampled: every 1/800, and ten times as often in the tail. */
const shares = [
  ...Array.from({ length: 720 }, (_, i) => i / 800),
  ...Array.from({ length: 801 }, (_, i) => 0.9 + i / 8000),
];

/**
 * The quantile function of the served delays, and the repeated delays, most frequent first. The function
 * spreads a repeated delay over the time that serving adds to it.
 */
function servedQuantiles(delays: DelaySettings): { served: Quantile[]; repeated: Milliseconds[] } {
  const times = shares.map((p) => delayQuantile(delays, p));
  const repeated: { delay: Milliseconds; share: number }[] = [];
  for (let start = 0; start < times.length; ) {
    const delay = times[start] ?? 0;
    let end = start;
    while (times[end + 1] === delay) end++;
    const share = (shares[end] ?? 1) - (shares[start] ?? 0);
    for (let i = start; i <= end && end > start; i++) {
      times[i] = delay + overhead(delay, share, (i - start) / (end - start));
    }
    if (end > start) repeated.push({ delay, share });
    start = end + 1;
  }
  return {
    served: times.sort((a, b) => a - b).map((time, i) => ({ p: shares[i] ?? 1, time })),
    repeated: repeated.sort((a, b) => b.share - a.share).map(({ delay }) => delay),
  };
}

/** The time that serving adds at the share `u` of the requests with this delay. `share` is their share of all requests. */
function overhead(delay: Milliseconds, share: number, u: number): Milliseconds {
  const usual = usualOverhead(delay);
  // A frequent delay also gets bounds for a busy machine, because few other delays need bounds.
  const mostlyUsual = share < 0.25 ? 1 : 0.7;
  if (u <= mostlyUsual) return (usual * u) / mostlyUsual;
  return usual * (busyOverhead(delay) / usual) ** ((u - mostlyUsual) / (1 - mostlyUsual));
}

/** The timer and the response take up to 1.5 ms. A quantile needs an accuracy of 1 %. */
function usualOverhead(delay: Milliseconds): Milliseconds {
  return Math.max(1.5, delay * 0.01);
}

function busyOverhead(delay: Milliseconds): Milliseconds {
  return Math.max(10, delay * 0.05);
}

interface Bucket {
  lower: Quantile;
  upper: Quantile;
  /** The largest interpolation error as a share of the quantile; 0 if it is tolerable. */
  error: number;
  /** Where a new bound reduces the error most. */
  splitAt: Quantile;
}

function splitEach(
  served: readonly Quantile[],
  buckets: readonly Bucket[],
  split: readonly Bucket[],
): Bucket[] {
  return buckets.flatMap((bucket) => {
    if (!split.includes(bucket)) return bucket;
    const { lower, splitAt, upper } = bucket;
    return [bucketBetween(served, lower, splitAt), bucketBetween(served, splitAt, upper)];
  });
}

/** Splits the bucket that contains `time`, unless `time` is at its edge or the bucket is narrow. */
function splitAtTime(served: readonly Quantile[], buckets: readonly Bucket[], time: Milliseconds): Bucket[] {
  const splitAt = bound(served, time);
  return buckets.flatMap((bucket) => {
    const { lower, upper } = bucket;
    if (splitAt.time <= lower.time || splitAt.time >= upper.time || isNarrow(bucket)) return bucket;
    return [bucketBetween(served, lower, splitAt), bucketBetween(served, splitAt, upper)];
  });
}

function bucketBetween(served: readonly Quantile[], lower: Quantile, upper: Quantile): Bucket {
  const middle = bound(served, quantileAt(served, (lower.p + upper.p) / 2));
  const bucket = { lower, upper, error: 0, splitAt: middle };
  if (isNarrow(bucket)) return bucket;
  const last = Math.min(upper.p, readQuantiles.to);
  for (let i = indexFrom(served, "p", Math.max(lower.p, readQuantiles.from)); i < served.length; i++) {
    const { p, time } = served[i] as Quantile;
    if (p >= last) break;
    const read = lower.time + ((upper.time - lower.time) * (p - lower.p)) / (upper.p - lower.p);
    const error = Math.abs(read - time) / time;
    if (error <= tolerance || error <= bucket.error) continue;
    const splitAt = bound(served, time);
    if (splitAt.time > lower.time && splitAt.time < upper.time) Object.assign(bucket, { error, splitAt });
  }
  return bucket;
}

function isNarrow({ lower, upper }: Pick<Bucket, "lower" | "upper">): boolean {
  return upper.time - lower.time <= narrow * upper.time;
}

/** The fullest buckets that can still be split. Equally full ones are returned together. */
function fullestOf(buckets: readonly Bucket[]): Bucket[] {
  const share = ({ lower, upper }: Bucket) => upper.p - lower.p;
  const wide = buckets.filter(
    (bucket) =>
      !isNarrow(bucket) && bucket.splitAt.time > bucket.lower.time && bucket.splitAt.time < bucket.upper.time,
  );
  const most = Math.max(...wide.map(share));
  // Allows for small differences due to rounded bounds.
  return wide.filter((bucket) => share(bucket) >= most * 0.9);
}

/** A bound, rounded to five digits. */
function bound(served: readonly Quantile[], time: Milliseconds): Quantile {
  const rounded = Number(time.toPrecision(5));
  return { p: between(served, "time", rounded, "p"), time: rounded };
}

function quantileAt(served: readonly Quantile[], p: number): Milliseconds {
  return between(served, "p", p, "time");
}

/** Interpolates the quantile function or its inverse. */
function between<From extends keyof Quantile, To extends keyof Quantile>(
  served: readonly Quantile[],
  from: From,
  x: number,
  to: To,
): number {
  const index = indexFrom(served, from, x);
  const above = served[index] ?? served.at(-1);
  if (above === undefined) throw new RangeError("the quantile function has no points");
  const below = served[index - 1];
  if (below === undefined || x >= above[from]) return above[to];
  return below[to] + ((above[to] - below[to]) * (x - below[from])) / (above[from] - below[from]);
}

/** The first point at or above `x`. */
function indexFrom(served: readonly Quantile[], from: keyof Quantile, x: number): number {
  let low = 0;
  let high = served.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((served[middle] as Quantile)[from] < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The bounds above the maximum delay: one for the usual overhead, one for the overhead of a busy server,
 * and then in geometric steps up to five times the maximum delay, but at least one second.
 */
function boundsAbove(last: Milliseconds): Milliseconds[] {
  const busy = last + busyOverhead(last);
  const factor = (Math.max(5 * last, 1000) / busy) ** (1 / (boundsAboveDelays - 2));
  const growing = Array.from({ length: boundsAboveDelays - 2 }, (_, i) => busy * factor ** (i + 1));
  return [
    Number((last + usualOverhead(last)).toPrecision(5)),
    Number(busy.toPrecision(4)),
    ...growing.map((time) => Number(time.toPrecision(2))),
  ];
}
