import assert from "node:assert/strict";
import { test } from "node:test";
import { inPasses, medianOf, ratioOf } from "./passes.ts";

test("every candidate is measured in every pass, and ratios are taken within a pass", async () => {
  const order: string[] = [];
  // A machine that gets slower and slower: the ratio stays.
  const results = await inPasses(3, [{ name: "a" }, { name: "b" }], async ({ name }) => {
    order.push(name);
    return (name === "a" ? 100 : 50) / Math.ceil(order.length / 2);
  });
  assert.deepEqual(order, ["a", "b", "a", "b", "a", "b"]);
  assert.equal(
    medianOf(results, "a", (value) => value),
    50,
  );
  assert.equal(
    ratioOf(results, ["a", "b"], (value) => value),
    2,
  );
  assert.ok(Number.isNaN(medianOf(results, "who is missing", (value) => value)));
});
