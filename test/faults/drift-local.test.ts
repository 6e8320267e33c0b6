// Changes the containers of a local cluster by hand, and checks what the next `up` restores.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { eventually } from "../eventually.ts";
import { figure } from "../figures.ts";
import { changed, StackUnderTest, type UpResult } from "../stack.ts";

const containers = ["latency-lab-f-local-drift-k3s", "latency-lab-f-local-drift-registry"] as const;
const [node, registry] = containers;

describe("a local cluster", () => {
  let stack: StackUnderTest;

  before(async () => {
    stack = new StackUnderTest("f-local-drift", "local", { preset: "laptop" });
    await stack.up();
  });
  after(() => stack.end());

  /** Changes the engine by hand, and expects the next `up` to restore it and to say so. */
  async function restores(expected: RegExp, ...byHand: string[]): Promise<UpResult> {
    execFileSync("docker", byHand);
    const { up, says } = await stack.upSaying();
    assert.match(says, expected);
    assert.ok(up.firstLatencySeconds !== undefined);
    figure(`up after docker ${byHand.slice(0, 2).join(" ")}`, `${up.seconds.toFixed(1)} s`, "restored");
    // The latency is visible, but other parts may still be starting.
    await eventually(() => stack.verified());
    return up;
  }

  it("is started again after it was stopped", async () => {
    await restores(/container .*-k3s, which was stopped/, "stop", ...containers);
  });

  it("gets its registry back, with the image in it, after the registry was removed", async () => {
    await restores(/the local registry, which was deleted/, "rm", "--force", "--volumes", registry);
    const { image } = await stack.json<{ image: string }>("status");
    const [host, digest] = [image.split("/")[0], image.split("@")[1]];
    const answer = await fetch(`http://${host}/v2/latency-lab/delayed-server/manifests/${digest}`);
    assert.equal(answer.status, 200);
  });

  it("is created again after it was removed", async () => {
    await restores(/the local cluster, which was deleted/, "rm", "--force", "--volumes", node);
  });

  it("does not change afterwards", async () => {
    assert.equal(changed(await stack.up()), 0);
  });
});
