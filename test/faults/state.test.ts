// A stack's state file is truncated, as after a full disk or a power cut.
import assert from "node:assert/strict";
import { copyFileSync, readdirSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { noExistingCluster } from "../environment.ts";
import { changed, StackUnderTest } from "../stack.ts";

const skip = noExistingCluster();

describe("a truncated state file", { skip }, () => {
  let stack: StackUnderTest;
  let password: string;
  let folder: string;
  let file: string;

  before(async () => {
    stack = new StackUnderTest("f-state", "existing", { preset: "laptop" });
    folder = join(stack.checkout.folder, ".latency-lab/state/.pulumi");
    file = join(folder, "stacks/latency-lab", `${stack.name}.json`);
    await stack.up();
    password = (await stack.run("password")).stdout;
  });
  after(() => stack.end());

  function cutOff(): void {
    truncateSync(file, Math.floor(statSync(file).size / 2));
  }

  it("is reported by every command, with how to restore it", async () => {
    cutOff();
    for (const command of [["password"], ["up", "--yes"], ["down", "--yes"]] as const) {
      const run = await stack.run(command[0], ...command.slice(1));
      assert.notEqual(run.code, 0);
      assert.match(run.stderr, /can't be read\n\s+why: .+\n\s+fix: pulumi stack import --stack f-state/);
      assert.doesNotMatch(run.stderr, /^\s+at /m);
    }
  });

  it("is restored from Pulumi's newest copy: `up` changes nothing and keeps the password", async () => {
    const backups = join(folder, "backups/latency-lab", stack.name);
    const newest = readdirSync(backups)
      .filter((name) => name.endsWith(".json"))
      .toSorted()
      .at(-1);
    copyFileSync(join(backups, String(newest)), file);
    const run = await stack.run("up", "--yes", "--json");
    assert.equal(run.code, 0, run.stderr);
    const { create = 0, delete: deleted = 0 } = JSON.parse(run.stdout).changes;
    assert.equal(create + deleted, 0, run.stdout);
    assert.equal((await stack.run("password")).stdout, password);
  });

  it("is restored by `pulumi stack import`", async () => {
    const source = ". .latency-lab/env";
    await stack.checkout.run("sh", [
      "-c",
      `${source}; pulumi stack export --stack ${stack.name} --file export.json`,
    ]);
    cutOff();
    const imported = await stack.checkout.run("sh", [
      "-c",
      `${source}; pulumi stack import --stack ${stack.name} --file export.json`,
    ]);
    assert.equal(imported.code, 0, imported.stderr);
    assert.equal(changed(await stack.up()), 0);
  });
});
