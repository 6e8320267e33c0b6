import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { record } from "../test/recorded-program.ts";
import { UserError } from "./errors.ts";
import { pinned, readDigests } from "./images.ts";
import { images } from "./monitoring/versions.ts";
import { makePlan } from "./plan.ts";
import { findDigests, pulledImages } from "./preflight/sources.ts";
import { readSettings } from "./settings/read.ts";

const digest = `sha256:${"ab".repeat(32)}`;
const others = ["rancher/k3s:v1.34.2-k3s1", "registry:3", "node:24-slim"];
const all = [...images.chart.map(({ reference }) => reference), ...others];
const list = all.map((reference) => `${reference}@${digest}\n`).join("");

describe("a list of digests", () => {
  it("pins an image from any registry", () => {
    const { digests } = readDigests(
      `# of today\n\nquay.io/prometheus/prometheus:v2@${digest}\nnode:24@${digest}\n`,
    );
    assert.equal(
      pinned("quay.io/prometheus/prometheus:v2", digests),
      `quay.io/prometheus/prometheus:v2@${digest}`,
    );
    assert.equal(
      pinned("m.example:5000/prometheus/prometheus:v2", digests),
      `m.example:5000/prometheus/prometheus:v2@${digest}`,
    );
    assert.equal(
      pinned("m.example:5000/library/node:24", digests),
      `m.example:5000/library/node:24@${digest}`,
    );
    assert.equal(pinned("quay.io/prometheus/prometheus:v3", digests), "quay.io/prometheus/prometheus:v3");
  });

  it("treats an image without a tag as latest, and one with a digest as pinned", () => {
    const { digests } = readDigests(`node:latest@${digest}\n`);
    assert.equal(pinned("node", digests), `node@${digest}`);
    const own = `node:24@sha256:${"0".repeat(64)}`;
    assert.equal(pinned(own, digests), own);
    const { configuration } = readSettings({ nodeImage: own, k3sImage: own, registryImage: own });
    assert.ok(configuration);
    assert.equal(pulledImages(configuration.settings).includes(own), false);
  });

  it("needs no digest of an image that the stack does not run", () => {
    const pulled = (raw: Record<string, string>) => {
      const { configuration } = readSettings(raw);
      assert.ok(configuration);
      return pulledImages(configuration.settings).join(" ");
    };
    const stores = { remoteWriteUrl: "https://a", queryUrl: "https://a", lokiUrl: "https://b" };
    for (const versions of ["chart", "maintained"]) {
      assert.match(pulled({ versions }), /grafana\/loki.*alertmanager/);
      assert.doesNotMatch(pulled({ versions, ...stores }), /grafana\/loki|alertmanager/);
      assert.doesNotMatch(pulled({ versions, nodeAccess: "false" }), /promtail|otel|node-exporter/);
      assert.doesNotMatch(pulled({ versions, preset: "laptop" }), /alertmanager|node-exporter|pushgateway/);
    }
  });

  it("reports an invalid line", () => {
    assert.deepEqual(readDigests("node:24@sha256:12\nnode 24\n").wrong, ["node:24@sha256:12", "node 24"]);
  });

  it("pins every image of the stack: the cluster's, the build's and all of the release", async () => {
    const { digests } = readDigests(list);
    const lab = await record({ persistence: "true" }, "dev", {}, { digests });
    const found = JSON.stringify(lab.resources.map(({ inputs }) => inputs));
    for (const reference of others) assert.ok(found.includes(`${reference}@${digest}`), reference);
    const ofRelease = JSON.stringify(lab.one("kubernetes:helm.sh/v3:Release").inputs);
    // Grafana's image is used twice: also in an init container.
    assert.equal(ofRelease.split("ab".repeat(32)).length - 1, images.chart.length + 1);
  });
});

describe("the setting imageDigests", () => {
  const refused = (text: string | undefined, settings: Record<string, string> = {}): string => {
    const folder = mkdtempSync(join(tmpdir(), "latency-lab-digests-"));
    try {
      if (text !== undefined) writeFileSync(join(folder, "images.lock"), text);
      const { configuration } = readSettings({ imageDigests: "images.lock", ...settings });
      assert.ok(configuration);
      findDigests(makePlan(configuration, "dev", folder));
      return "";
    } catch (error) {
      assert.ok(error instanceof UserError);
      return error.message;
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it("accepts a list with every image", () => assert.equal(refused(list), ""));
  it("refuses a missing list", () => assert.match(refused(undefined), /images\.lock" can't be read/));
  it("refuses an invalid list", () => assert.match(refused("loki:1@sha256:1\n"), /is not a list of images/));
  it("refuses a list without one of the images, by name", () => {
    const without = list.replace(/.*loki:.*\n/, "");
    assert.match(refused(without), /has no digest for docker\.io\/grafana\/loki:2\.9\.\d+\n/);
  });
  it("needs no digest of an unused image", () => {
    const without = list.replace(/.*(alertmanager|pushgateway|node-exporter|busybox|k3s).*\n/g, "");
    const settings = { preset: "laptop", cluster: "existing", context: "lab" };
    assert.equal(refused(without, settings), "");
  });
});
