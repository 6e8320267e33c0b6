import assert from "node:assert/strict";
import { test } from "node:test";
import { distributions } from "../../testing/distributions.ts";
import {
  type DelaySettings,
  delayProbability,
  delayQuantile,
  drawDelay,
  normalProbability,
} from "./distribution.ts";
import { seededRandom } from "./draws.ts";
import { parseDuration } from "./duration.ts";
import { parseWeighted, pickWeighted } from "./weighted.ts";

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

// From tables of the standard normal distribution.
const known = [
  [-3, 0.0013498980316],
  [-1.959963984540054, 0.025],
  [0, 0.5],
  [0.6744897501960817, 0.75],
  [1.2815515655446004, 0.9],
  [2.3263478740408408, 0.99],
  [3.090232306167813, 0.999],
] as const;

test("probabilities and quantiles agree with published tables", () => {
  const distribution = { kind: "lognormal", median: 200, sigma: 0.8 } as const;
  for (const [z, p] of known) {
    assert.ok(Math.abs(normalProbability(z) - p) < 2e-7, `probability at ${z}`);
    const quantile = delayQuantile({ distribution, min: 0, max: 60_000 }, p);
    assert.ok(Math.abs(quantile / (200 * Math.exp(0.8 * z)) - 1) < 1e-4, `quantile at ${p}`);
  }
});

test("the probability ranges from 0 to 1", () => {
  assert.equal(normalProbability(Number.NEGATIVE_INFINITY), 0);
  assert.equal(normalProbability(Number.POSITIVE_INFINITY), 1);
});

test("a weighted list is parsed in the given order, and the default weight is 1", () => {
  assert.deepEqual(parseWeighted("150ms:10, 2s:5,1s", parseDuration), [
    { value: 150, weight: 10 },
    { value: 2000, weight: 5 },
    { value: 1000, weight: 1 },
  ]);
});

test("a list with an invalid entry is rejected", () => {
  const seventeen = Array.from({ length: 17 }, (_, i) => `${i + 1}ms`).join();
  for (const text of ["", "150ms:", "150ms:-1", "150ms:1:2", "x:1", "1s,", "1s:0", "1s:0,2s:0", seventeen]) {
    assert.equal(parseWeighted(text, parseDuration), undefined, text);
  }
});

test("entries are picked in proportion to their weights, and never with weight 0", () => {
  const entries = [
    { value: "never", weight: 0 },
    { value: "often", weight: 7 },
    { value: "rarely", weight: 0.5 },
    { value: "sometimes", weight: 2.5 },
    { value: "never either", weight: 0 },
  ];
  const random = seededRandom("weights", "test");
  const picked = new Map<string, number>();
  for (let i = 0; i < 20_000; i++) {
    const value = pickWeighted(entries, random());
    picked.set(value, (picked.get(value) ?? 0) + 1);
  }
  assert.deepEqual([...picked.keys()].sort(), ["often", "rarely", "sometimes"]);
  // Three standard deviations of a share of 20,000 draws.
  assert.ok(Math.abs((picked.get("often") ?? 0) / 20_000 - 0.7) < 0.0098);
  assert.ok(Math.abs((picked.get("sometimes") ?? 0) / 20_000 - 0.25) < 0.0092);
});

test("every random number picks an entry", () => {
  const entries = [
    { value: 1, weight: 0.1 },
    { value: 2, weight: 0.2 },
  ];
  assert.equal(pickWeighted(entries, 0), 1);
  assert.equal(pickWeighted(entries, 1 - 2 ** -53), 2);
});

const draw = (seed: string, stream: string, count: number) => {
  const random = seededRandom(seed, stream);
  return Array.from({ length: count }, random);
};

test("the same seed gives the same numbers on any machine", () => {
  assert.deepEqual(draw("a", "delays", 100), draw("a", "delays", 100));
  assert.deepEqual(draw("a", "delays", 3), [0.9769439989420619, 0.2564992297418165, 0.16502917947871154]);
});

test("a different seed or stream gives different numbers", () => {
  assert.notDeepEqual(draw("a", "delays", 3), draw("b", "delays", 3));
  assert.notDeepEqual(draw("a", "delays", 3), draw("a", "errors", 3));
});

test("numbers are uniform between 0 and 1 for any seed", () => {
  for (const seed of ["", "a", "b", "1", "2", "f00"]) {
    const boxes = new Array<number>(100).fill(0);
    for (const number of draw(seed, "evenness", 100_000)) {
      assert.ok(number >= 0 && number < 1);
      const box = Math.floor(number * 100);
      boxes[box] = (boxes[box] ?? 0) + 1;
    }
    const chiSquare = boxes.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // The threshold for a significance of 0.001 with 99 degrees of freedom.
    assert.ok(chiSquare < 148.2, `seed "${seed}": ${chiSquare}`);
  }
});
