import assert from "node:assert/strict";
import { test } from "node:test";
import { histogramQuantile } from "./quantile.ts";

test("a quantile is interpolated within its bucket, as in Prometheus", () => {
  const bounds = [1, 2, 4];
  const counts = [2, 6, 2, 0];
  assert.equal(histogramQuantile(bounds, counts, 0.1), 0.5);
  assert.equal(histogramQuantile(bounds, counts, 0.2), 1);
  assert.equal(histogramQuantile(bounds, counts, 0.5), 1.5);
  assert.equal(histogramQuantile(bounds, counts, 0.9), 3);
  assert.equal(histogramQuantile(bounds, counts, 1), 4);
});

test("a quantile in +Inf is the last bound", () => {
  assert.equal(histogramQuantile([1, 2], [1, 0, 9], 0.5), 2);
});

test("without observations, the quantile is NaN", () => {
  assert.equal(histogramQuantile([1, 2], [0, 0, 0], 0.5), Number.NaN);
});

test("empty buckets are skipped", () => {
  assert.equal(histogramQuantile([1, 2, 3], [0, 0, 4, 0], 0.5), 2.5);
});
