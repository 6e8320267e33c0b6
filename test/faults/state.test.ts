// A stack's state file is truncated, as after a full disk or a power cut.
import assert from "node:assert/strict";
import { copyFileSync, readdirSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Checkout } from "../checkout.ts";
import { existingSettings, noExistingCluster } from "../environment.ts";
import { bringUp, changed } from "../stack.ts";

const skip = noExistingCluster();
const stack = "f-state";

describe("a truncated state file", { skip }, () => {
  const settings = existingSettings({ preset: "laptop" });
  let checkout: Checkout;
  let password: string;
  let folder: string;
  let file: string;

  before(async () => {
    checkout = new Checkout();
    folder = join(checkout.folder, ".latency-lab/state/.pulumi");
    file = join(folder, "stacks/latency-lab", `${stack}.json`);
    await bringUp(checkout, stack, settings);
    password = (await checkout.npm("password", "--stack", stack)).stdout;
  });
  after(async () => {
    await checkout.npm("down", "--stack", stack, "--yes");
    checkout.remove();
  });

  function cutOff(): void {
    truncateSync(file, Math.floor(statSync(file).size / 2));
  }

  it("is reported by every command, with how to restore it", async () => {
    cutOff();
    for (const command of [["password"], ["up", "--yes"], ["down", "--yes"]] as const) {
      const run = await checkout.npm(command[0], "--stack", stack, ...command.slice(1));
      assert.notEqual(run.code, 0);
      assert.match(run.stderr, /can't be read\n\s+why: .+\n\s+fix: pulumi stack import --stack f-state/);
      assert.doesNotMatch(run.stderr, /^\s+at /m);
    }
  });

  it("is restored from Pulumi's newest copy: `up` changes nothing and keeps the password", async () => {
    const backups = join(folder, "backups/latency-lab", stack);
    const newest = readdirSync(backups)
      .filter((name) => name.endsWith(".json"))
      .toSorted()
      .at(-1);
    copyFileSync(join(backups, String(newest)), file);
    const run = await checkout.npm("up", "--stack", stack, "--yes", "--json");
    assert.equal(run.code, 0, run.stderr);
    const { create = 0, delete: deleted = 0 } = JSON.parse(run.stdout).changes;
    assert.equal(create + deleted, 0, run.stdout);
    assert.equal((await checkout.npm("password", "--stack", stack)).stdout, password);
  });

  it("is restored by `pulumi stack import`", async () => {
    const source = ". .latency-lab/env";
    await checkout.run("sh", ["-c", `${source}; pulumi stack export --stack ${stack} --file export.json`]);
    cutOff();
    const imported = await checkout.run("sh", [
      "-c",
      `${source}; pulumi stack import --stack ${stack} --file export.json`,
    ]);
    assert.equal(imported.code, 0, imported.stderr);
    assert.equal(changed(await bringUp(checkout, stack)), 0);
  });
});
