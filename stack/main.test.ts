import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

const root = join(import.meta.dirname, "..");

/** Starts the program of package.json like Pulumi, on a Node that reports another version. */
function start(version: string): { stdout: string; status: number | null } {
  const { main } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { main: string };
  const script = `
    Object.defineProperty(process, "version", { value: "${version}" });
    await import(${JSON.stringify(join(root, main))}).catch((error) =>
      console.log(error.constructor.name, error.message));
  `;
  return spawnSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
}

describe("plain `pulumi up`", () => {
  for (const version of ["v20.20.2", "v22.17.1", "v23.5.0"]) {
    it(`on Node ${version} says which Node it needs, without a stack trace`, () => {
      // Pulumi prints a RunError without a stack trace.
      assert.match(
        start(version).stdout,
        /^RunError Node v\S+ can't run latency-lab, which needs Node 22\.18/,
      );
    });
  }
});
