import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "./random.ts";

const draw = (seed: string, stream: string, count: number) => {
  const random = seededRandom(seed, stream);
  return Array.from({ length: count }, random);
};

test("the same seed gives the same numbers on any machine", () => {
  assert.deepEqual(draw("a", "delays", 100), draw("a", "delays", 100));
  assert.deepEqual(draw("a", "delays", 3), [0.4274526411605837, 0.7852718148864687, 0.004233931893645848]);
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
