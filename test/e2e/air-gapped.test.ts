// A site without internet: images from a mirror, the chart from a file, npm packages from the site's
// registry.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { Checkout } from "../checkout.ts";
import { airGapped, existingCluster } from "../environment.ts";
import { bringUp, succeeded, type UpResult } from "../stack.ts";

const site = airGapped();
const existing = existingCluster();
const skip = "missing" in site ? site.missing : "missing" in existing ? existing.missing : false;
const stack = "e2e-air-gapped";

describe("on a site without internet", { skip }, () => {
  const settings = {
    ...("settings" in site ? site.settings : {}),
    ...("settings" in existing ? existing.settings : {}),
  };
  let checkout: Checkout;
  let lab: UpResult;
  before(() => {
    checkout = new Checkout();
  });
  after(async () => {
    await checkout.npm("down", "--stack", stack, "--yes");
    checkout.remove();
  });

  it("everything comes up with the site's mirror, chart file and npm registry", async () => {
    lab = await bringUp(checkout, stack, settings);
    const run = await checkout.npm("verify", "--stack", stack, "--json");
    assert.equal(run.code, 0, run.stdout);
  });

  it("all images come from the mirror and the site's registry", async () => {
    const config = new KubeConfig();
    config.loadFromFile(String(settings.kubeconfig));
    config.setCurrentContext(String(settings.context));
    const api = config.makeApiClient(CoreV1Api);
    const pods = await Promise.all(
      Object.values(lab.outputs.namespaces).map((namespace) => api.listNamespacedPod({ namespace })),
    );
    const images = pods
      .flatMap(({ items }) => items)
      .flatMap(({ spec }) => [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])])
      .map(({ image }) => image ?? "");
    assert.ok(images.length >= 9);
    const allowed = [`${settings.imageMirror}/`, `${settings.registry}/`];
    assert.deepEqual(
      images.filter((image) => !allowed.some((prefix) => image.startsWith(prefix))),
      [],
    );
  });

  it("the bundle contains the list of images with digests, the chart and the npm packages", async () => {
    const file = join(checkout.folder, "bundle.tgz");
    const { images } = succeeded<{ images: { reference: string; digest: string }[] }>(
      await checkout.npm("bundle", "--stack", stack, "--out", file, "--json"),
    );
    assert.ok(images.length >= 9);
    for (const { reference, digest } of images) assert.match(digest, /^sha256:[0-9a-f]{64}$/, reference);
    const content = execFileSync("tar", ["-tzf", file], { encoding: "utf8" });
    for (const part of ["./images.txt", "./README.txt", "/loki-stack-2.10.3.tgz", "./npm-cache/_cacache/"]) {
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
