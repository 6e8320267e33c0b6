import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { median, ratio, table, timed } from "./measure.ts";

describe("figures of a measurement", () => {
  it("are the median of the rounds, so that one slow round does not count", () => {
    assert.equal(median([3, 1, 100]), 3);
    assert.equal(median([1, 2, 3, 100]), 2.5);
  });

  it("are compared round by round, so that a slow minute affects both", () => {
    const ours = { name: "ours", seconds: [1, 10, 2] };
    const floor = { name: "floor", seconds: [2, 20, 4] };
    assert.equal(ratio(ours, floor), 0.5);
  });

  it("leave out the first round, which warms caches", () => {
    const node = { name: "node", command: process.execPath, args: ["-e", ""] };
    assert.equal(timed([node], 2)[0]?.seconds.length, 2);
  });

  it("are not given for a command that fails; the error shows why", () => {
    const broken = { name: "broken", command: process.execPath, args: ["-e", "throw new Error('no')"] };
    assert.throws(() => timed([broken], 1), /broken: exit code 1[\s\S]*no/);
  });

  it("are printed as a table in Markdown", () => {
    assert.equal(table(["a", "b"], [["1", "2"]]), "| a | b |\n| --- | --- |\n| 1 | 2 |");
  });
});

it("`npm run bench` rejects a word that matches no measurement, and lists all measurements", () => {
  const args = ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "run.ts"), "nothing"];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(status, 2, stderr);
  assert.match(stderr, /available: program-start, no-change, up-down-existing, up-down-local, growth/);
});
