import type { DelaySettings } from "../src/delay/distribution.ts";

const limits = { min: 0, max: 2000 };

/** One distribution of each kind with default parameters, and edge cases. */
export const distributions: Record<string, DelaySettings> = {
  "uniform, the default": { distribution: { kind: "uniform" }, ...limits },
  "uniform and narrow": { distribution: { kind: "uniform" }, min: 500, max: 510 },
  fixed: { distribution: { kind: "fixed", delay: 300 }, ...limits },
  exponential: { distribution: { kind: "exponential", mean: 300 }, ...limits },
  "exponential, a seventh of it cut": {
    distribution: { kind: "exponential", mean: 1000 },
    min: 50,
    max: 2000,
  },
  lognormal: { distribution: { kind: "lognormal", median: 200, sigma: 0.8 }, ...limits },
  bimodal: {
    distribution: { kind: "bimodal", fast: 100, slow: 1500, slowShare: 0.1, spread: 0.1 },
    ...limits,
  },
  "a list": {
    distribution: {
      kind: "weighted",
      entries: [
        { value: 150, weight: 10 },
        { value: 2000, weight: 5 },
      ],
    },
    ...limits,
  },
  "the longest list": {
    distribution: {
      kind: "weighted",
      entries: Array.from({ length: 16 }, (_, i) => ({ value: 100 * (i + 1), weight: 16 - i })),
    },
    ...limits,
  },
};
