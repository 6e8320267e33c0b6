import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { it } from "node:test";

it("rejects a word that matches no measurement, and lists all measurements", () => {
  const args = ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "run.ts"), "nothing"];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(status, 2, stderr);
  assert.match(stderr, /available: program-start, no-change, up-down-existing, up-down-local, growth/);
});
