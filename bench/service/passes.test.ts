import assert from "node:assert/strict";
import { test } from "node:test";
import { inPasses, measuredOf, medianOf, ratioOf, whyNot } from "./passes.ts";

test("every candidate is measured in every pass, and ratios are calculated within a pass", async () => {
  const order: string[] = [];
  // The ratio is constant even if the machine gets slower.
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

test("a candidate that cannot be measured has a reason, and the others still have figures", async () => {
  let pass = 0;
  const results = await inPasses(2, [{ name: "a" }, { name: "b" }, { name: "c" }], async ({ name }) => {
    if (name === "a") pass++;
    if (name === "b" || (name === "c" && pass === 1)) throw new Error(`${name} took too long\nat …`);
    return pass;
  });
  assert.deepEqual(measuredOf(results, "a"), [1, 2]);
  assert.equal(whyNot(results, "a"), undefined);
  assert.equal(whyNot(results, "b"), "b took too long");
  assert.equal(whyNot(results, "c"), undefined);
  assert.equal(
    ratioOf(results, ["a", "c"], (value) => value),
    1,
  );
  assert.ok(Number.isNaN(ratioOf(results, ["a", "b"], (value) => value)));
  assert.equal(whyNot(results, "d"), "it is missing");
});
