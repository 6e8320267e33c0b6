// The file with a stack's state is cut off in the middle: the disk was full, the power went.
import assert from "node:assert/strict";
import { statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Checkout } from "../checkout.ts";
import { clusterSnapshot } from "../cluster-snapshot.ts";
import { commonSettings, existingCluster } from "../environment.ts";
import { bringUp, changed } from "../stack.ts";

const existing = existingCluster();
const skip = "missing" in existing ? existing.missing : false;
const stack = "f-state";

describe("a state that was cut off in the middle", { skip }, () => {
  const settings: Record<string, string> = {
    ...commonSettings(),
    ...("settings" in existing ? existing.settings : {}),
    preset: "laptop",
  };
  let checkout: Checkout;
  let password: string;

  before(async () => {
    checkout = new Checkout();
    await bringUp(checkout, stack, settings);
    password = (await checkout.npm("password", "--stack", stack)).stdout;
  });
  after(async () => {
    await checkout.npm("down", "--stack", stack, "--yes");
    checkout.remove();
  });

  function cutOff(): void {
    const file = join(checkout.folder, ".latency-lab/state/.pulumi/stacks/latency-lab", `${stack}.json`);
    truncateSync(file, Math.floor(statSync(file).size / 2));
  }

  it("is told by a command that only reads, with what to do", async () => {
    cutOff();
    const run = await checkout.npm("password", "--stack", stack);
    assert.notEqual(run.code, 0);
    assert.match(run.stderr, /can't be read[\s\S]*why: .+\n\s+fix: npm run up -- --stack f-state/);
    assert.doesNotMatch(run.stderr, /^\s+at /m);
  });

  it("is put back by the next up, which changes nothing and keeps the password", async () => {
    const run = await checkout.npm("up", "--stack", stack, "--yes", "--json");
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /mended a state that was cut off: put back as .+ has it, of 2/);
    const { create = 0, delete: deleted = 0 } = JSON.parse(run.stdout).changes;
    assert.equal(create + deleted, 0, run.stdout);
    assert.equal((await checkout.npm("password", "--stack", stack)).stdout, password);
    // The one after may still take back what allowed this one to adopt objects; then all is as it was.
    await bringUp(checkout, stack);
    assert.equal(changed(await bringUp(checkout, stack)), 0);
  });

  it("is put back by the next down, which leaves nothing", async () => {
    cutOff();
    const run = await checkout.npm("down", "--stack", stack, "--yes");
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.match(run.stdout, /mended a state that was cut off/);
    const left = await clusterSnapshot(String(settings.kubeconfig), String(settings.context));
    assert.deepEqual(
      left.filter((line) => line.includes(stack)),
      [],
    );
  });
});
