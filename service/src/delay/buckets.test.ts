import assert from "node:assert/strict";
import { test } from "node:test";
import { distributions } from "../../testing/distributions.ts";
import { histogramQuantile } from "../metrics/quantile.ts";
import { delayBuckets } from "./buckets.ts";
import { type DelaySettings, delayQuantile } from "./distribution.ts";
import { seededRandom } from "./draws.ts";

const quantiles = [0.5, 0.9, 0.95, 0.99];

/**
 * Durations in seconds of a server that adds up to `overhead` milliseconds to each delay. The delays follow
 * their distribution exactly, because the p90 of `bimodal` is at the edge of a gap, where that of draws varies.
 */
function served(settings: DelaySettings, overhead: number): number[] {
  const overheads = seededRandom("served", "overheads");
  const delays = Array.from({ length: 50_000 }, (_, i) => delayQuantile(settings, (i + 0.5) / 50_000));
  return delays.map((delay) => (delay + 0.1 + overhead * overheads()) / 1000).sort((a, b) => a - b);
}

/** The relative error of each quantile that is calculated from the histogram. */
function misreadings(bounds: readonly number[], times: readonly number[]): number[] {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  for (const time of times) {
    const bucket = bounds.findIndex((bound) => time <= bound);
    const at = bucket === -1 ? bounds.length : bucket;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return quantiles.map((p) => {
    const [low = 0, high = 0] = [p, p + 0.0005].map((one) => times[Math.ceil(one * times.length) - 1]);
    const read = histogramQuantile({ bounds, counts }, p);
    return read < low ? read / low - 1 : Math.max(0, read / high - 1);
  });
}

for (const [name, settings] of Object.entries(distributions)) {
  test(`${name}: p50, p90, p95 and p99 are accurate within 1 %`, () => {
    for (const overhead of [0.3, 1.2]) {
      const off = misreadings(delayBuckets(settings), served(settings, overhead));
      for (const error of off) assert.ok(Math.abs(error) < 0.01, `+${overhead} ms: ${off}`);
    }
  });

  test(`${name}: at most 40 ascending buckets, including +Inf, up to beyond the maximum delay`, () => {
    const bounds = delayBuckets(settings);
    assert.ok(bounds.length + 1 <= 40, `${bounds.length}`);
    assert.deepEqual(
      bounds,
      [...new Set(bounds)].sort((a, b) => a - b),
    );
    assert.ok((bounds[0] as number) > 0);
    assert.ok((bounds.at(-1) as number) >= 1);
    assert.ok((bounds.at(-1) as number) >= (4 * delayQuantile(settings, 1)) / 1000);
  });
}

test("the default delays have buckets of equal width up to the maximum delay", () => {
  const bounds = delayBuckets(distributions["uniform, the default"] as DelaySettings);
  const within = bounds.filter((bound) => bound <= 2);
  assert.deepEqual(
    within,
    Array.from({ length: 32 }, (_, i) => (i + 1) / 16),
  );
});

test("with poorly chosen buckets, the quantiles of the same durations are far off", () => {
  const settings = distributions["uniform, the default"] as DelaySettings;
  const usual = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
  const off = misreadings(usual, served(settings, 1));
  assert.ok((off[3] as number) > 0.2, `${off}`);
});

test("without delays, there are still buckets for the time that serving takes", () => {
  const bounds = delayBuckets({ distribution: { kind: "uniform" }, min: 0, max: 0 });
  assert.ok((bounds[0] as number) < 0.0001);
  assert.equal(bounds.at(-1), 1);
  assert.ok(bounds.length < 40);
});

test("any valid settings give valid buckets", () => {
  const random = seededRandom("any", "settings");
  const somewhere = (from: number, to: number) => from * (to / from) ** random();
  for (let i = 0; i < 300; i++) {
    const max = somewhere(0.001, 3_600_000);
    const min = random() < 0.5 ? 0 : max * random();
    const within = () => min + (max - min) * random();
    const kinds: DelaySettings["distribution"][] = [
      { kind: "uniform" },
      { kind: "fixed", delay: within() },
      { kind: "exponential", mean: within() },
      { kind: "lognormal", median: within(), sigma: somewhere(0.01, 5) },
      { kind: "bimodal", fast: within(), slow: within(), slowShare: random(), spread: somewhere(0.001, 1) },
      {
        kind: "weighted",
        entries: Array.from({ length: 1 + Math.floor(random() * 16) }, () => ({
          value: within(),
          weight: random() + 0.01,
        })),
      },
    ];
    for (const distribution of kinds) {
      const bounds = delayBuckets({ distribution, min, max });
      const told = JSON.stringify({ distribution, min, max, bounds });
      assert.ok(bounds.length >= 5 && bounds.length <= 39, told);
      for (const [k, bound] of bounds.entries()) {
        assert.ok(Number.isFinite(bound) && bound > (bounds[k - 1] ?? 0), told);
      }
    }
  }
});
