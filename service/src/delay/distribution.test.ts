import assert from "node:assert/strict";
import { test } from "node:test";
import { distributions } from "../../testing/distributions.ts";
import { type DelaySettings, delayProbability, delayQuantile, drawDelay } from "./distribution.ts";
import { seededRandom } from "./random.ts";

const count = 20_000;

function draws(settings: DelaySettings, seed: string): number[] {
  const random = seededRandom(seed, "test");
  return Array.from({ length: count }, () => drawDelay(settings, random)).sort((a, b) => a - b);
}

for (const [name, settings] of Object.entries(distributions)) {
  test(`${name}: draws follow the configured distribution`, () => {
    const drawn = draws(settings, name);
    // Kolmogorov-Smirnov test: the largest distance between the drawn and the true share.
    let distance = 0;
    drawn.forEach((delay, i) => {
      if (drawn[i + 1] === delay) return;
      distance = Math.max(distance, Math.abs((i + 1) / count - delayProbability(settings, delay)));
    });
    // The threshold for a significance of 0.001.
    assert.ok(distance < 1.95 / Math.sqrt(count), `${distance}`);
  });

  test(`${name}: the quantiles match those of the draws`, () => {
    const drawn = draws(settings, `${name} again`);
    for (const p of [0.1, 0.5, 0.9, 0.95, 0.99]) {
      const quantile = delayQuantile(settings, p);
      const below = drawn.filter((delay) => delay < quantile).length / count;
      const upTo = drawn.filter((delay) => delay <= quantile).length / count;
      const deviation = 4 * Math.sqrt((p * (1 - p)) / count);
      assert.ok(below - deviation <= p && p <= upTo + deviation, `p${p * 100}: ${below} to ${upTo}`);
    }
  });

  test(`${name}: all delays are whole microseconds within the limits`, () => {
    for (const delay of draws(settings, "limits")) {
      assert.ok(delay >= settings.min && delay <= settings.max);
      assert.equal(delay, Math.round(delay * 1000) / 1000);
    }
    assert.ok(delayQuantile(settings, 0) >= settings.min);
    assert.ok(delayQuantile(settings, 1) <= settings.max);
  });
}

test("uniform delays include the minimum and the maximum", () => {
  const random = seededRandom("ends", "test");
  const settings: DelaySettings = { distribution: { kind: "uniform" }, min: 1, max: 1.003 };
  const drawn = new Set(Array.from({ length: 200 }, () => drawDelay(settings, random)));
  assert.deepEqual([...drawn].sort(), [1, 1.001, 1.002, 1.003]);
});

test("if the minimum equals the maximum, all delays are the same", () => {
  const settings: DelaySettings = { distribution: { kind: "uniform" }, min: 250, max: 250 };
  assert.equal(
    drawDelay(settings, () => 0.999),
    250,
  );
  assert.equal(delayQuantile(settings, 0.5), 250);
  assert.equal(delayProbability(settings, 249.999), 0);
  assert.equal(delayProbability(settings, 250), 1);
});

test("delays above the maximum are lowered to it", () => {
  const settings: DelaySettings = { distribution: { kind: "exponential", mean: 1000 }, min: 0, max: 2000 };
  const cut = draws(settings, "heap").filter((delay) => delay === 2000).length / count;
  assert.ok(Math.abs(cut - Math.exp(-2)) < 0.01, `${cut}`);
  assert.equal(delayQuantile(settings, 0.9), 2000);
});

test("the extremes of a random stream give valid delays", () => {
  for (const settings of Object.values(distributions)) {
    for (const u of [0, 2 ** -53, 0.5, 1 - 2 ** -53]) {
      const delay = drawDelay(settings, () => u);
      assert.ok(
        delay >= settings.min && delay <= settings.max,
        `${JSON.stringify(settings)} at ${u}: ${delay}`,
      );
    }
  }
});
