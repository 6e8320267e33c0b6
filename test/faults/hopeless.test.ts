// Waits that can't end: `up` says why within a minute, in the cluster's words, and the next one repairs.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { images } from "../../stack/monitoring/versions.ts";
import { noExistingCluster } from "../environment.ts";
import { figure, flags, StackUnderTest } from "../stack.ts";

const nodeImage = "node:24-slim";

const faults: readonly {
  readonly what: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly code: number;
  readonly says: RegExp;
}[] = [
  {
    what: "a StorageClass that does not exist",
    settings: { persistence: "true", storageClass: "f-nobody" },
    code: 3,
    says: /storageClass = "f-nobody"/,
  },
  {
    what: "an image that can't be pulled",
    settings: { imageDigests: "images.lock" },
    code: 1,
    says: /can't pull its image: (ErrImagePull|ImagePullBackOff)[\s\S]*not found/,
  },
  {
    what: "a server that keeps crashing",
    settings: { resources: "server=10m/6Mi-1/6Mi" },
    code: 1,
    says: /delayed-server-\S+ keeps crashing[\s\S]*exit code \d+/,
  },
];

describe("an up that can't succeed", { skip: noExistingCluster() }, () => {
  let stack: StackUnderTest;

  before(() => {
    stack = new StackUnderTest("f-waits", "existing", { preset: "laptop" });
    // Only the image that the build needs has a digest that exists.
    execFileSync("docker", ["pull", "--quiet", nodeImage]);
    const digest = execFileSync("docker", ["image", "inspect", "-f", "{{index .RepoDigests 0}}", nodeImage]);
    const lines = images.chart.map(({ reference }) => `${reference}@sha256:${"0".repeat(64)}`);
    const built = `${nodeImage}@${digest.toString().trim().split("@")[1]}`;
    stack.checkout.write("images.lock", [...lines, built, ""].join("\n"));
  });
  after(() => stack.end());

  for (const { what, settings, code, says } of faults) {
    it(`says so within a minute, and the next one repairs: ${what}`, async () => {
      const began = Date.now();
      const run = await stack.run("up", "--yes", ...flags({ ...stack.settings, ...settings }));
      figure(what, `${((Date.now() - began) / 1000).toFixed(1)} s`, "reported");
      assert.equal(run.code, code, run.stdout + run.stderr);
      assert.match(run.stderr, says);
      const reset = Object.keys(settings).map((key) => [key, ""]);
      await stack.up(Object.fromEntries(reset));
    });
  }
});
