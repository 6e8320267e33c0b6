// A site without internet: images from a mirror, the chart from a file, npm packages from the site's
// registry.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { CoreV1Api } from "@kubernetes/client-node";
import { Checkout } from "../checkout.ts";
import { kubeConfigOf } from "../cluster.ts";
import { airGappedSettings, noExistingCluster, notAirGapped } from "../environment.ts";
import { StackUnderTest, type UpResult } from "../stack.ts";

const skip = notAirGapped() || noExistingCluster();

describe("on a site without internet", { skip }, () => {
  let stack: StackUnderTest;
  let lab: UpResult;
  before(() => {
    stack = new StackUnderTest("e2e-air-gapped", "existing", airGappedSettings());
  });
  after(() => stack.end());

  it("everything comes up with the site's mirror, chart file and npm registry", async () => {
    lab = await stack.up();
    await stack.verified();
  });

  it("all images come from the mirror and the site's registry", async () => {
    const api = kubeConfigOf(stack.settings).makeApiClient(CoreV1Api);
    const pods = await Promise.all(
      Object.values(lab.outputs.namespaces).map((namespace) => api.listNamespacedPod({ namespace })),
    );
    const images = pods
      .flatMap(({ items }) => items)
      .flatMap(({ spec }) => [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])])
      .map(({ image }) => image ?? "");
    assert.ok(images.length >= 9);
    const allowed = [`${stack.settings.imageMirror}/`, `${stack.settings.registry}/`];
    assert.deepEqual(
      images.filter((image) => !allowed.some((prefix) => image.startsWith(prefix))),
      [],
    );
  });

  it("the bundle contains the list of images with digests, the chart and the npm packages", async () => {
    const file = join(stack.checkout.folder, "bundle.tgz");
    const { images } = await stack.json<{ images: { reference: string; digest: string }[] }>(
      "bundle",
      "--out",
      file,
    );
    assert.ok(images.length >= 9);
    for (const { reference, digest } of images) assert.match(digest, /^sha256:[0-9a-f]{64}$/, reference);
    const content = execFileSync("tar", ["-tzf", file], { encoding: "utf8" });
    for (const part of ["./images.txt", "./README.md", "/loki-stack-2.10.3.tgz", "./npm-cache/_cacache/"]) {
      assert.ok(content.includes(part), part);
    }
    // The bundled packages are enough to install the project offline.
    const unpacked = new Checkout();
    execFileSync("tar", ["-xzf", file, "-C", unpacked.folder, "./npm-cache"]);
    const offline = await unpacked.run("npm", [
      "ci",
      "--offline",
      "--cache",
      "npm-cache",
      "--ignore-scripts",
    ]);
    assert.equal(offline.code, 0, offline.stderr);
    unpacked.remove();
  });
});
