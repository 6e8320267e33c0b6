import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { it } from "node:test";
import { measurements } from "./measurements.ts";

it("a word that no measurement has in its name is refused, with the names that there are", () => {
  const args = ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "run.ts"), "nothing"];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(status, 2, stderr);
  for (const { name } of measurements) assert.ok(stderr.includes(name), name);
});
