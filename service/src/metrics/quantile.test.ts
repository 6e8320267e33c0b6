import assert from "node:assert/strict";
import { test } from "node:test";
import { histogramQuantile } from "./quantile.ts";

test("a quantile lies on the straight line through its bucket, as Prometheus has it", () => {
  const bounds = [1, 2, 4];
  const counts = [2, 6, 2, 0];
  assert.equal(histogramQuantile(bounds, counts, 0.1), 0.5);
  assert.equal(histogramQuantile(bounds, counts, 0.2), 1);
  assert.equal(histogramQuantile(bounds, counts, 0.5), 1.5);
  assert.equal(histogramQuantile(bounds, counts, 0.9), 3);
  assert.equal(histogramQuantile(bounds, counts, 1), 4);
});

test("what lies in +Inf is read as the last bound", () => {
  assert.equal(histogramQuantile([1, 2], [1, 0, 9], 0.5), 2);
});

test("nothing observed is no number", () => {
  assert.equal(histogramQuantile([1, 2], [0, 0, 0], 0.5), Number.NaN);
});

test("buckets that nothing fell into are passed over", () => {
  assert.equal(histogramQuantile([1, 2, 3], [0, 0, 4, 0], 0.5), 2.5);
});
