import assert from "node:assert/strict";
import { test } from "node:test";
import { normalProbability, normalQuantile } from "./normal.ts";

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
  for (const [z, p] of known) {
    assert.ok(Math.abs(normalProbability(z) - p) < 2e-7, `probability at ${z}`);
    assert.ok(Math.abs(normalQuantile(p) - z) < 1e-7, `quantile at ${p}`);
  }
});

test("the quantiles 0 and 1 are infinite", () => {
  assert.equal(normalQuantile(0), Number.NEGATIVE_INFINITY);
  assert.equal(normalQuantile(1), Number.POSITIVE_INFINITY);
  assert.equal(normalProbability(Number.NEGATIVE_INFINITY), 0);
  assert.equal(normalProbability(Number.POSITIVE_INFINITY), 1);
});
