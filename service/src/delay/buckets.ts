import { type DelaySettings, delayQuantile } from "./distribution.ts";
import type { Milliseconds } from "./duration.ts";

/** Bounds up to the maximum delay, and above it for an overloaded server. */
const maxBounds = { within: 32, above: 6 };
/** The quantiles to optimize for. Lower ones are rarely of interest; higher ones cannot be read from a histogram. */
const readQuantiles = { from: 0.25, to: 0.995 };
/** The largest error of a quantile that is interpolated within a bucket, if the number of bounds permits it. */
const tolerance = 0.001;
/** A bucket is exact enough if its width is at most this share of its bound. */
const narrow = 0.002;

/**
 * The bucket bounds, in seconds, of a histogram of requests with these delays.
 *
 * `histogram_quantile` interpolates linearly within a bucket. Each bucket is as wide as possible while
 * that is accurate, and contains at most the same share of requests as if all were equally full. If
 * that takes too many bounds, both limits are raised. Uniform delays get buckets of equal width.
 */
export function delayBuckets(delays: DelaySettings): number[] {
  const served = servedQuantiles(delays);
  let within: Milliseconds[];
  let scale = 1;
  do {
    within = boundsWithin(served, scale);
    scale *= 1.05;
  } while (within.length > maxBounds.within);
  return [...within, ...boundsAbove(within.at(-1) ?? 0)].map((time) => Number((time / 1000).toPrecision(12)));
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

/** The quantile function of the served delays. Spreads a repeated delay over the time that serving adds to it. */
function servedQuantiles(delays: DelaySettings): Quantile[] {
  const times = shares.map((p) => delayQuantile(delays, p));
  const firstAt = new Map(times.map((delay, i) => [delay, i] as const).reverse());
  const lastAt = new Map(times.map((delay, i) => [delay, i]));
  return times
    .map((delay, i) => {
      const [first = 0, last = 0] = [firstAt.get(delay), lastAt.get(delay)];
      const share = (shares[last] ?? 1) - (shares[first] ?? 0);
      return first === last ? delay : delay + overhead(delay, share, (i - first) / (last - first));
    })
    .sort((a, b) => a - b)
    .map((time, i) => ({ p: shares[i] ?? 1, time }));
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

/** Divides the quantile function into buckets with an error and a share of at most `scale` times the limits. */
function boundsWithin(served: readonly Quantile[], scale: number): Milliseconds[] {
  const bounds: Milliseconds[] = [];
  for (let start = 0; start < served.length - 1; ) {
    bounds.push((served[start] as Quantile).time);
    start = bucketEnd(served, start, scale);
  }
  bounds.push(served.at(-1)?.time ?? 0);
  const rounded = bounds.map((time) => Number(time.toPrecision(5)));
  return [...new Set(rounded)].filter((time) => time > 0);
}

/** The last point to which a bucket from `start` can extend. */
function bucketEnd(served: readonly Quantile[], start: number, scale: number): number {
  const lower = served[start] as Quantile;
  let end = start + 1;
  // The slopes of the lines from `lower` that pass all points closely enough.
  let [flattest, steepest] = [0, Number.POSITIVE_INFINITY];
  for (let i = start + 1; i < served.length; i++) {
    const { p, time } = served[i] as Quantile;
    const share = p - lower.p;
    const slope = (time - lower.time) / share;
    const isNarrow = time - lower.time <= narrow * time;
    const isTooFull = share > scale / maxBounds.within + 1e-9;
    if (isTooFull && !isNarrow) break;
    if (isNarrow || (slope >= flattest && slope <= steepest)) end = i;
    if (p < readQuantiles.from || p > readQuantiles.to) continue;
    const error = tolerance * scale * time;
    flattest = Math.max(flattest, slope - error / share);
    steepest = Math.min(steepest, slope + error / share);
  }
  return end;
}

/**
 * The bounds above the maximum delay: one for the usual overhead, one for the overhead of a busy server,
 * and then in geometric steps up to five times the maximum delay, but at least one second.
 */
function boundsAbove(last: Milliseconds): Milliseconds[] {
  const busy = last + busyOverhead(last);
  const steps = maxBounds.above - 2;
  const factor = (Math.max(5 * last, 1000) / busy) ** (1 / steps);
  const growing = Array.from({ length: steps }, (_, i) => busy * factor ** (i + 1));
  return [
    Number((last + usualOverhead(last)).toPrecision(5)),
    Number(busy.toPrecision(4)),
    ...growing.map((time) => Number(time.toPrecision(2))),
  ];
}
