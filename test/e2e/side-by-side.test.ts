// Two stacks in one cluster and on one machine, and a cluster whose nodes are not reachable.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Checkout, type Ended, signal } from "../checkout.ts";
import { commonSettings, existingCluster } from "../environment.ts";
import { added, clusterSnapshot } from "../snapshots.ts";
import { bringUp, type UpResult } from "../stack.ts";

const existing = existingCluster();
const skip = "missing" in existing ? existing.missing : false;

describe("two stacks side by side in one cluster", { skip }, () => {
  const settings = "settings" in existing ? existing.settings : {};
  const stacks = ["e2e-one", "e2e-two"] as const;
  const up: Record<string, UpResult> = {};
  let checkout: Checkout;
  let before_: string[];

  before(async () => {
    before_ = await clusterSnapshot(String(settings.kubeconfig), String(settings.context));
    checkout = new Checkout();
  });
  after(async () => {
    for (const stack of stacks) await checkout.npm("down", "--stack", stack, "--yes");
    checkout.remove();
  });

  it("have different names and ports", async () => {
    for (const stack of stacks) {
      up[stack] = await bringUp(checkout, stack, { ...commonSettings(), ...settings, preset: "laptop" });
    }
    const [one, two] = stacks.map((stack) => up[stack]?.outputs);
    for (const name of ["grafanaUrl", "prometheusUrl", "serverUrl"] as const) {
      assert.notEqual(one?.[name], two?.[name]);
    }
    assert.notDeepEqual(one?.namespaces, two?.namespaces);
  });

  it("each pass `npm run verify` while the other one runs", async () => {
    for (const stack of stacks) passes(await checkout.npm("verify", "--stack", stack, "--json"));
  });

  it("are removed independently", async () => {
    const down = await checkout.npm("down", "--stack", stacks[0], "--yes", "--json");
    assert.equal(down.code, 0, down.stderr);
    passes(await checkout.npm("verify", "--stack", stacks[1], "--json"));
  });

  it("refuse a namespace that exists already, and leave it unchanged", async () => {
    // A third stack, named so that it would get the second one's namespaces.
    const name = up[stacks[1]]?.outputs.namespaces.server ?? "";
    const flags = Object.entries({ ...commonSettings(), ...settings, name }).flatMap(([key, value]) => [
      "--config",
      `${key}=${value}`,
    ]);
    const third = await checkout.npm("up", "--stack", "e2e-third", "--yes", ...flags);
    // Same name, same instance label: it would take over the NodePorts and the Helm release.
    assert.notEqual(third.code, 0, third.stdout);
    passes(await checkout.npm("verify", "--stack", stacks[1], "--json"));
  });

  it("use port-forwards if the nodes are not reachable", async () => {
    // 192.0.2.0/24 is reserved for documentation: nothing answers there.
    const hidden = await bringUp(checkout, stacks[1], { nodeAddress: "192.0.2.1" });
    assert.ok(hidden.firstLatencySeconds !== undefined, "no latency is visible");
    const child = checkout.start("open", "server", "--stack", stacks[1], "--no-browser");
    try {
      const url = await new Promise<string>((resolve, reject) => {
        let text = "";
        child.stdout?.setEncoding("utf8").on("data", (part: string) => {
          text += part;
          const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
          if (found) resolve(found);
        });
        child.on("close", () => reject(new Error(text)));
      });
      const answer = await fetch(`${url}/delay/1ms`);
      assert.equal(answer.status, 200);
    } finally {
      signal(child, "SIGINT");
    }
    passes(await checkout.npm("verify", "--stack", stacks[1], "--json"));
  });

  it("leave nothing in the cluster", async () => {
    const down = await checkout.npm("down", "--stack", stacks[1], "--yes");
    assert.equal(down.code, 0, down.stderr);
    const now = await clusterSnapshot(String(settings.kubeconfig), String(settings.context));
    // Count only objects with the names of these stacks: others may use the cluster.
    const ours = added(before_, now).filter((line) => stacks.some((stack) => line.includes(stack)));
    assert.deepEqual(ours, []);
  });
});

function passes(run: Ended): void {
  assert.equal(run.code, 0, `${run.stdout}\n${run.stderr}`);
}
