import { formatDuration, type Milliseconds } from "./duration.ts";
import { normalProbability, normalQuantile } from "./normal.ts";
import type { Random } from "./random.ts";
import { pickWeighted, type Weighted } from "./weighted.ts";

/** The distribution of the delays before the minimum and the maximum apply. */
export type Distribution =
  /** All delays between the minimum and the maximum are equally likely. */
  | { kind: "uniform" }
  /** All delays are the same. */
  | { kind: "fixed"; delay: Milliseconds }
  /** Many short and few long delays, like the waiting times for independent events. */
  | { kind: "exponential"; mean: Milliseconds }
  /** A long tail, like most real services. `sigma` is the standard deviation of the logarithm. */
  | { kind: "lognormal"; median: Milliseconds; sigma: number }
  /** Two normal distributions, like the hits and misses of a cache. `spread` is the standard deviation over the centre. */
  | { kind: "bimodal"; fast: Milliseconds; slow: Milliseconds; slowShare: number; spread: number }
  /** A delay from a weighted list. */
  | { kind: "weighted"; entries: readonly Weighted<Milliseconds>[] };

/** The configured delays. */
export interface DelaySettings {
  distribution: Distribution;
  /** Shorter delays are raised to this. */
  min: Milliseconds;
  /** Longer delays are lowered to this. */
  max: Milliseconds;
}

/** Draws a delay between `min` and `max`, both inclusive, in whole microseconds. */
export function drawDelay({ distribution, min, max }: DelaySettings, random: Random): Milliseconds {
  if (distribution.kind === "uniform") {
    const choices = Math.round((max - min) * 1000) + 1;
    return (Math.round(min * 1000) + Math.floor(random() * choices)) / 1000;
  }
  return wholeMicroseconds(cut(drawUncut(distribution, random), min, max));
}

/** The true quantile of the delays: a share `p` (0 to 1) of all draws is at most this long. */
export function delayQuantile({ distribution, min, max }: DelaySettings, p: number): Milliseconds {
  return wholeMicroseconds(cut(uncutQuantile(distribution, min, max, p), min, max));
}

/** The true share (0 to 1) of draws that are at most `delay` long. */
export function delayProbability(settings: DelaySettings, delay: Milliseconds): number {
  if (delay < settings.min) return 0;
  if (delay >= settings.max) return 1;
  return uncutProbability(settings, delay);
}

function wholeMicroseconds(delay: Milliseconds): Milliseconds {
  return Math.round(delay * 1000) / 1000;
}

function cut(delay: Milliseconds, min: Milliseconds, max: Milliseconds): Milliseconds {
  return Math.min(Math.max(delay, min), max);
}

function drawUncut(distribution: Exclude<Distribution, { kind: "uniform" }>, random: Random): Milliseconds {
  switch (distribution.kind) {
    case "fixed":
      return distribution.delay;
    case "exponential":
      return -Math.log(1 - random()) * distribution.mean;
    case "lognormal":
      return distribution.median * Math.exp(distribution.sigma * normalQuantile(openInterval(random())));
    case "bimodal": {
      const centre = random() < distribution.slowShare ? distribution.slow : distribution.fast;
      return centre * (1 + distribution.spread * normalQuantile(openInterval(random())));
    }
    case "weighted":
      return pickWeighted(distribution.entries, random());
  }
}

/** Excludes 0 and 1, where the normal quantile is infinite. */
function openInterval(u: number): number {
  return Math.min(Math.max(u, 2 ** -54), 1 - 2 ** -53);
}

function uncutQuantile(
  distribution: Distribution,
  min: Milliseconds,
  max: Milliseconds,
  p: number,
): Milliseconds {
  switch (distribution.kind) {
    case "uniform":
      return min + p * (max - min);
    case "fixed":
      return distribution.delay;
    case "exponential":
      return -Math.log(1 - p) * distribution.mean;
    case "lognormal":
      return distribution.median * Math.exp(distribution.sigma * normalQuantile(p));
    case "bimodal":
      return bisect((delay) => uncutProbability({ distribution, min, max }, delay), p, max);
    case "weighted":
      return weightedQuantile(distribution.entries, p);
  }
}

function uncutProbability({ distribution, min, max }: DelaySettings, delay: Milliseconds): number {
  switch (distribution.kind) {
    case "uniform":
      return max === min ? Number(delay >= min) : (delay - min) / (max - min);
    case "fixed":
      return Number(delay >= distribution.delay);
    case "exponential":
      return delay < 0 ? 0 : 1 - Math.exp(-delay / distribution.mean);
    case "lognormal":
      return delay <= 0 ? 0 : normalProbability(Math.log(delay / distribution.median) / distribution.sigma);
    case "bimodal": {
      const { fast, slow, slowShare, spread } = distribution;
      const mode = (centre: Milliseconds) => normalProbability((delay / centre - 1) / spread);
      return (1 - slowShare) * mode(fast) + slowShare * mode(slow);
    }
    case "weighted": {
      const weight = (entries: readonly Weighted<Milliseconds>[]) =>
        entries.reduce((sum, entry) => sum + entry.weight, 0);
      return (
        weight(distribution.entries.filter((entry) => entry.value <= delay)) / weight(distribution.entries)
      );
    }
  }
}

function weightedQuantile(entries: readonly Weighted<Milliseconds>[], p: number): Milliseconds {
  const ascending = entries.filter((entry) => entry.weight > 0).sort((a, b) => a.value - b.value);
  let left = p * ascending.reduce((sum, entry) => sum + entry.weight, 0);
  for (const { value, weight } of ascending) {
    left -= weight;
    // Tolerates the rounding error of a share such as 0.9.
    if (left <= 1e-12 * weight) return value;
  }
  return ascending.at(-1)?.value ?? 0;
}

/** The smallest delay up to `high` with a probability of at least `p`. */
function bisect(probability: (delay: Milliseconds) => number, p: number, high: Milliseconds): Milliseconds {
  let from = 0;
  let to = high;
  for (let step = 0; step < 32; step++) {
    const middle = (from + to) / 2;
    if (probability(middle) < p) from = middle;
    else to = middle;
  }
  return to;
}

/** Describes the configured delays in words, such as `uniform between 0s and 2s`. */
export function describeDelays({ distribution, min, max }: DelaySettings): string {
  const limits = `between ${formatDuration(min)} and ${formatDuration(max)}`;
  switch (distribution.kind) {
    case "uniform":
      return min === max ? `always ${formatDuration(min)}` : `uniform ${limits}`;
    case "fixed":
      return `always ${formatDuration(distribution.delay)}`;
    case "exponential":
      return `exponential with a mean of ${formatDuration(distribution.mean)}, ${limits}`;
    case "lognormal":
      return `log-normal with a median of ${formatDuration(distribution.median)}, ${limits}`;
    case "bimodal": {
      const { fast, slow, slowShare } = distribution;
      const percent = Number((slowShare * 100).toFixed(3));
      return `bimodal: ${100 - percent} % around ${formatDuration(fast)}, ${percent} % around ${formatDuration(slow)}, ${limits}`;
    }
    case "weighted": {
      const total = distribution.entries.reduce((sum, { weight }) => sum + weight, 0);
      const entries = distribution.entries.map(
        ({ value, weight }) => `${Number(((100 * weight) / total).toFixed(1))} % ${formatDuration(value)}`,
      );
      return entries.join(", ");
    }
  }
}
