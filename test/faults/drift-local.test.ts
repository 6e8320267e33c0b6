// Changes the containers of a local cluster by hand, and checks what the next `up` restores.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { Checkout } from "../checkout.ts";
import { commonSettings } from "../environment.ts";
import { eventually } from "../eventually.ts";
import { figure } from "../figures.ts";
import { bringUp, changed, type UpResult } from "../stack.ts";

const stack = "f-local-drift";
const containers = [`latency-lab-${stack}-k3s`, `latency-lab-${stack}-registry`] as const;
const [node, registry] = containers;

describe("a local cluster", () => {
  let checkout: Checkout;

  before(async () => {
    checkout = new Checkout();
    await bringUp(checkout, stack, { ...commonSettings(), preset: "laptop" });
  });
  after(async () => {
    await checkout.npm("down", "--stack", stack, "--yes");
    checkout.remove();
  });

  /** Changes the engine by hand, and expects the next `up` to restore it and to say so. */
  async function restores(says: RegExp, ...byHand: string[]): Promise<UpResult> {
    execFileSync("docker", byHand);
    const run = await checkout.npm("up", "--stack", stack, "--yes", "--json");
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.match(run.stderr, says);
    const up = JSON.parse(run.stdout) as UpResult;
    assert.ok(up.firstLatencySeconds !== undefined);
    figure(`up after docker ${byHand.slice(0, 2).join(" ")}`, `${up.seconds.toFixed(1)} s`, "restored");
    // The latency is visible, but other parts may still be starting.
    await eventually(async () => {
      const verified = await checkout.npm("verify", "--stack", stack, "--json");
      assert.equal(verified.code, 0, verified.stdout + verified.stderr);
    });
    return up;
  }

  it("is started again after it was stopped", async () => {
    await restores(/container .*-k3s, which was stopped/, "stop", ...containers);
  });

  it("gets its registry back, with the image in it, after the registry was removed", async () => {
    await restores(/the local registry, which was deleted/, "rm", "--force", "--volumes", registry);
    const { stdout } = await checkout.npm("status", "--stack", stack, "--json");
    const { image } = JSON.parse(stdout) as { image: string };
    const [host, digest] = [image.split("/")[0], image.split("@")[1]];
    const answer = await fetch(`http://${host}/v2/latency-lab/delayed-server/manifests/${digest}`);
    assert.equal(answer.status, 200);
  });

  it("is created again after it was removed", async () => {
    await restores(/the local cluster, which was deleted/, "rm", "--force", "--volumes", node);
  });

  it("does not change afterwards", async () => {
    assert.equal(changed(await bringUp(checkout, stack)), 0);
  });
});
