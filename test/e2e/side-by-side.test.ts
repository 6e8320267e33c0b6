// Two stacks in one cluster and on one machine, and a cluster whose nodes are not reachable.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Checkout, signal } from "../checkout.ts";
import { added, snapshot } from "../cluster.ts";
import { noExistingCluster } from "../environment.ts";
import { flags, StackUnderTest, type UpResult } from "../stack.ts";

describe("two stacks side by side in one cluster", { skip: noExistingCluster() }, () => {
  let one: StackUnderTest;
  let two: StackUnderTest;
  let ofTwo: UpResult["outputs"];
  let there: string[];

  before(async () => {
    there = await snapshot("existing");
    const checkout = new Checkout();
    one = new StackUnderTest("e2e-one", "existing", { preset: "laptop" }, checkout);
    two = new StackUnderTest("e2e-two", "existing", { preset: "laptop" }, checkout);
  });
  after(async () => {
    await one.run("down", "--yes");
    await two.end();
  });

  it("have different names and ports", async () => {
    const { outputs } = await one.up();
    ofTwo = (await two.up()).outputs;
    for (const name of ["grafanaUrl", "prometheusUrl", "serverUrl"] as const) {
      assert.notEqual(outputs[name], ofTwo[name]);
    }
    assert.notDeepEqual(outputs.namespaces, ofTwo.namespaces);
  });

  it("each pass `npm run verify` while the other one runs", async () => {
    await one.verified();
    await two.verified();
  });

  it("are removed independently", async () => {
    await one.down();
    await two.verified();
  });

  it("refuse a namespace that exists already, and leave it unchanged", async () => {
    // A third stack, named so that it would get the second one's namespaces.
    const settings = { name: ofTwo.namespaces.server };
    const third = new StackUnderTest("e2e-third", "existing", settings, two.checkout);
    const run = await third.run("up", "--yes", ...flags(third.settings));
    // Same name, same instance label: it would take over the NodePorts and the Helm release.
    assert.notEqual(run.code, 0, run.stdout);
    await two.verified();
  });

  it("use port-forwards if the nodes are not reachable", async () => {
    // 192.0.2.0/24 is reserved for documentation: nothing answers there.
    const hidden = await two.up({ nodeAddress: "192.0.2.1" });
    assert.ok(hidden.firstLatencySeconds !== undefined, "no latency is visible");
    const child = two.start("open", "server", "--no-browser");
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
    await two.verified();
  });

  it("leave nothing in the cluster", async () => {
    await two.down();
    // Count only objects with the names of these stacks: others may use the cluster.
    const left = added(there, await snapshot("existing"));
    assert.deepEqual(
      left.filter((line) => /e2e-(one|two)/.test(line)),
      [],
    );
  });
});
