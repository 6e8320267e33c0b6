import assert from "node:assert/strict";
import { test } from "node:test";
import { readDelaySettings } from "./settings.ts";

const read = (texts: Parameters<typeof readDelaySettings>[0]) => readDelaySettings(texts);
const problems = (texts: Parameters<typeof readDelaySettings>[0]) =>
  read(texts).problems.map(({ setting, value, allowed }) => `${setting}=${value}: ${allowed}`);

test("by default, delays are uniform between 0 and 2 seconds", () => {
  assert.deepEqual(read({}).values, {
    distribution: { kind: "uniform" },
    min: 0,
    max: 2000,
    seed: undefined,
  });
});

test("every distribution uses its own settings", () => {
  const distribution = (texts: Parameters<typeof readDelaySettings>[0]) => read(texts).values?.distribution;
  assert.deepEqual(distribution({ delayDistribution: "fixed", delayMean: "1s" }), {
    kind: "fixed",
    delay: 1000,
  });
  assert.deepEqual(distribution({ delayDistribution: "exponential" }), { kind: "exponential", mean: 300 });
  assert.deepEqual(distribution({ delayDistribution: "lognormal", delaySigma: "1.5" }), {
    kind: "lognormal",
    median: 200,
    sigma: 1.5,
  });
  assert.deepEqual(distribution({ delayDistribution: "bimodal", delaySlowShare: "0.25" }), {
    kind: "bimodal",
    fast: 100,
    slow: 1500,
    slowShare: 0.25,
    spread: 0.1,
  });
  assert.deepEqual(distribution({ delayDistribution: "150ms:10,2s:5" }), {
    kind: "weighted",
    entries: [
      { value: 150, weight: 10 },
      { value: 2000, weight: 5 },
    ],
  });
});

test("an empty text means unset", () => {
  assert.deepEqual(read({ delayMax: "", delayMin: " ", delaySeed: "" }).values, read({}).values);
});

test("the minimum can equal the maximum", () => {
  assert.deepEqual(problems({ delayMin: "2s" }), []);
});

test("all invalid settings are reported at once, with the allowed values", () => {
  assert.deepEqual(problems({ delayMin: "2", delayMax: "-1s", delaySlowShare: "110%", delaySeed: "a b" }), [
    "delayMin=2: a duration from 0s to 1h, such as 250ms, 1.5s or 2m",
    "delayMax=-1s: a duration from 0s to 1h, such as 250ms, 1.5s or 2m",
    "delaySlowShare=110%: a share from 0 to 1, such as 0.05, or a percentage, such as 5%",
    "delaySeed=a b: 1 to 64 printable characters without spaces",
  ]);
});

test("the error for a minimum above the maximum names both", () => {
  assert.deepEqual(problems({ delayMin: "3s" }), ["delayMin=3s: at most delayMax (2s)"]);
});

test("the centre of a distribution must be within the limits if the distribution uses it", () => {
  assert.deepEqual(problems({ delayDistribution: "fixed", delayMean: "5s" }), [
    "delayMean=5s: at least delayMin (0s) and at most delayMax (2s)",
  ]);
  assert.deepEqual(problems({ delayDistribution: "uniform", delayMean: "5s" }), []);
  assert.deepEqual(problems({ delayDistribution: "bimodal", delayMin: "200ms", delaySlow: "9s" }), [
    "delayFast=100ms: at least delayMin (200ms) and at most delayMax (2s)",
    "delaySlow=9s: at least delayMin (200ms) and at most delayMax (2s)",
  ]);
  assert.deepEqual(problems({ delayDistribution: "150ms:10,5s:1" }), [
    "delayDistribution=150ms:10,5s:1: a list of delays of at least delayMin (0s) and at most delayMax (2s)",
  ]);
});

test("the error for an unknown distribution lists the known ones", () => {
  assert.match(
    problems({ delayDistribution: "pareto" })[0] ?? "",
    /one of uniform, fixed, .* or a weighted list/,
  );
});
