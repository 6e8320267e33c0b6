import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDuration } from "./duration.ts";
import { seededRandom } from "./random.ts";
import { parseWeighted, pickWeighted } from "./weighted.ts";

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
