import { formatDuration, type Milliseconds } from "./duration.ts";
import { totalWeight, type Weighted, weightedQuantile } from "./weighted.ts";

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
export function drawDelay(settings: DelaySettings, random: () => number): Milliseconds {
  const { distribution, min, max } = settings;
  switch (distribution.kind) {
    case "lognormal":
      return limited(distribution.median * Math.exp(distribution.sigma * drawNormal(random)), min, max);
    case "bimodal": {
      const { fast, slow, slowShare, spread } = distribution;
      const centre = random() < slowShare ? slow : fast;
      return limited(centre * (1 + spread * drawNormal(random)), min, max);
    }
    default:
      return delayQuantile(settings, random());
  }
}

/** The true quantile of the delays: a share `p` (0 to 1) of all draws is at most this long. */
export function delayQuantile(settings: DelaySettings, p: number): Milliseconds {
  return limited(quantile(settings, p), settings.min, settings.max);
}

/** The true share (0 to 1) of draws that are at most `delay` long. */
export function delayProbability(settings: DelaySettings, delay: Milliseconds): number {
  if (delay < settings.min) return 0;
  return delay >= settings.max ? 1 : probability(settings, delay);
}

/** Between the limits, in whole microseconds. */
function limited(delay: Milliseconds, min: Milliseconds, max: Milliseconds): Milliseconds {
  return Math.round(Math.min(Math.max(delay, min), max) * 1000) / 1000;
}

/** The quantile before the minimum and the maximum apply. */
function quantile(settings: DelaySettings, p: number): Milliseconds {
  const { distribution, min, max } = settings;
  switch (distribution.kind) {
    case "uniform":
      return min + p * (max - min);
    case "fixed":
      return distribution.delay;
    case "exponential":
      return -Math.log(1 - p) * distribution.mean;
    case "weighted":
      return weightedQuantile(distribution.entries, p);
    case "lognormal":
    case "bimodal": {
      // There is no formula, so this halves the interval that contains the quantile.
      let [from, to] = [0, max];
      for (let step = 0; step < 32; step++) {
        const middle = (from + to) / 2;
        if (probability(settings, middle) < p) from = middle;
        else to = middle;
      }
      return to;
    }
  }
}

/** The probability before the minimum and the maximum apply. */
function probability({ distribution, min, max }: DelaySettings, delay: Milliseconds): number {
  switch (distribution.kind) {
    case "uniform":
      return max === min ? Number(delay >= min) : (delay - min) / (max - min);
    case "fixed":
      return Number(delay >= distribution.delay);
    case "exponential":
      return delay < 0 ? 0 : 1 - Math.exp(-delay / distribution.mean);
    case "lognormal":
      return delay <= 0 ? 0 : normalProbability(Math.log(delay / distribution.median) / distribution.sigma);
    case "weighted": {
      const { entries } = distribution;
      return totalWeight(entries.filter(({ value }) => value <= delay)) / totalWeight(entries);
    }
    case "bimodal": {
      const { fast, slow, slowShare, spread } = distribution;
      const peak = (centre: Milliseconds) => normalProbability((delay / centre - 1) / spread);
      return (1 - slowShare) * peak(fast) + slowShare * peak(slow);
    }
  }
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
      const percent = (weight: number) =>
        Number(((100 * weight) / totalWeight(distribution.entries)).toFixed(1));
      return distribution.entries
        .map(({ value, weight }) => `${percent(weight)} % ${formatDuration(value)}`)
        .join(", ");
    }
  }
}

/** Draws from the standard normal distribution, with the Box-Muller transform. */
function drawNormal(random: () => number): number {
  // The logarithm of 0 would be infinite; `random()` is never 1.
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

// Coefficients, highest power first.
const errorFunctionFit = [
  0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
  1.00002368, -1.26551223,
];

/**
 * The probability of a value up to `z` in the standard normal distribution.
 *
 * Uses the Chebyshev fit of the complementary error function from Numerical Recipes, 2nd ed., 6.2
 * (`erfcc`), with a relative error below 1.2e-7.
 */
export function normalProbability(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const fit = errorFunctionFit.reduce((sum, coefficient) => sum * t + coefficient);
  const tail = (t * Math.exp(-x * x + fit)) / 2;
  return z < 0 ? tail : 1 - tail;
}
