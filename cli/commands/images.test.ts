// The images of a stack: their digests in registries, and the end of their support.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { images, maintainedCharts } from "../../stack/monitoring/versions.ts";
import { makePlan } from "../../stack/plan.ts";
import { findDigests } from "../../stack/preflight/sources.ts";
import { readSettings } from "../../stack/settings/read.ts";
import { proxyTo } from "../../test/api-server.ts";
import { Checkout } from "../../test/checkout.ts";
import { serving } from "../../test/fakes.ts";
import { supportOf } from "./images.ts";
import { digestOfImage, placeOf } from "./pin.ts";

/** A registry on a free port of this machine: its host and port. */
const registry = async (answer: RequestListener) => new URL(await serving(answer)).host;

const manifestOf = (url: string) => JSON.stringify({ schemaVersion: 2, of: url });
const digestOf = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

describe("npm run pin", () => {
  let project: Checkout;
  before(() => {
    project = new Checkout().shareDependencies();
  });
  after(() => project.remove());

  it("writes a list for imageDigests with the digest of every configured image", async () => {
    const mirror = await registry(({ url = "" }, response) => response.end(manifestOf(url)));
    const settings = { imageMirror: mirror, persistence: "true" };
    const flags = Object.entries(settings).flatMap(([key, value]) => ["--config", `${key}=${value}`]);
    const file = join(project.folder, "pins", "images.lock");
    const ended = await project.command(["pin", "--out", file, ...flags]);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /imageDigests=pins\/images\.lock/);
    const { configuration } = readSettings({ ...settings, imageDigests: file });
    assert.ok(configuration);
    const digests = findDigests(makePlan(configuration, "dev", project.folder));
    assert.equal(digests?.size, 14);
    assert.equal(
      digests?.get("library/node:24-slim"),
      digestOf(manifestOf("/v2/library/node/manifests/24-slim")),
    );
    // The setting applies to this list only; the stack's file is unchanged.
    assert.doesNotMatch(readFileSync(join(project.folder, "Pulumi.dev.yaml"), "utf8"), /imageMirror/);
  });

  it("adds the maintained charts", async () => {
    const mirror = await registry(({ url = "" }, response) => response.end(manifestOf(url)));
    for (const { name, version } of maintainedCharts) project.write(`charts/${name}-${version}.tgz`, name);
    const settings = { imageMirror: mirror, versions: "maintained", chartsFolder: "charts" };
    const flags = Object.entries(settings).flatMap(([key, value]) => ["--config", `${key}=${value}`]);
    const ended = await project.command(["pin", "--out", "charts.lock", ...flags]);
    assert.equal(ended.code, 0, ended.stderr);
    const text = readFileSync(join(project.folder, "charts.lock"), "utf8");
    assert.ok(text.includes(`/loki:18.11.0@${digestOf("loki")}\n`), text);
  });

  it("names every image whose digest can't be read, and writes nothing", async () => {
    const mirror = await registry(({ url = "" }, response) => {
      response.statusCode = /loki|k3s/.test(url) ? 404 : 200;
      response.end(manifestOf(url));
    });
    const file = join(project.folder, "missing.lock");
    const ended = await project.command(["pin", "--out", file, "--config", `imageMirror=${mirror}`]);
    assert.equal(ended.code, 3);
    for (const image of ["docker.io/grafana/loki:2.9", "rancher/k3s:"]) {
      assert.match(
        ended.stderr,
        new RegExp(`error: the digest of ${image}.* can't be read\n  why: .*404\n  fix: `),
      );
    }
    assert.equal(ended.stderr.match(/error:/g)?.length, 2);
    assert.equal(existsSync(file), false);
  });

  it("gives the same as JSON", async () => {
    const mirror = await registry(({ url = "" }, response) => response.end(manifestOf(url)));
    const flags = ["--json", "--config", `imageMirror=${mirror}`, "--out", join(project.folder, "a.lock")];
    const { images } = JSON.parse((await project.command(["pin", ...flags])).stdout);
    const lines = readFileSync(join(project.folder, "a.lock"), "utf8").trim().split("\n").slice(1);
    assert.deepEqual(
      images.map((one: { reference: string; digest: string }) => `${one.reference}@${one.digest}`),
      lines,
    );
  });
});

describe("the digest of an image", () => {
  const at = (host: string) => ({ registries: [`http://${host}`], path: "a/b", tag: "1" });

  it("is read from a registry that requires a token, as public ones do", async () => {
    let asked = "";
    const tokens = await registry(({ url = "" }, response) => {
      asked = url;
      response.end('{"token":"t"}');
    });
    const host = await registry(({ url = "", headers }, response) => {
      if (headers.authorization === "Bearer t") return response.end(manifestOf(url));
      response.statusCode = 401;
      const scope = 'service="here",scope="repository:a/b:pull"';
      response.setHeader("www-authenticate", `Bearer realm="http://${tokens}/token",${scope}`);
      response.end();
    });
    assert.equal(await digestOfImage(at(host)), digestOf(manifestOf("/v2/a/b/manifests/1")));
    assert.equal(asked, "/token?service=here&scope=repository%3Aa%2Fb%3Apull");
  });

  it("is read through the proxy of the environment", async (t) => {
    const host = await registry(({ url = "" }, response) => response.end(manifestOf(url)));
    const proxy = await proxyTo(Number(host.split(":")[1]));
    const before = process.env.HTTP_PROXY;
    t.after(() => {
      if (before === undefined) delete process.env.HTTP_PROXY;
      else process.env.HTTP_PROXY = before;
    });
    process.env.HTTP_PROXY = proxy.url;
    assert.equal(await digestOfImage(at("mirror.internal")), digestOf(manifestOf("/v2/a/b/manifests/1")));
    assert.deepEqual(proxy.asked, ["mirror.internal"]);
  });

  it("is that of the index for all platforms", async () => {
    let accepted = "";
    const host = await registry(({ url = "", headers }, response) => {
      accepted = headers.accept ?? "";
      response.end(manifestOf(url));
    });
    await digestOfImage(at(host));
    assert.match(accepted, /image\.index\.v1.*manifest\.list\.v2/);
  });

  it("is computed from the manifest, and must match the registry's header", async () => {
    const host = await registry(({ url = "" }, response) => {
      response.setHeader("docker-content-digest", digestOf("something else"));
      response.end(manifestOf(url));
    });
    await assert.rejects(digestOfImage(at(host)), /its manifest is sha256:.*, but it reports sha256:/);
  });
});

describe("the location of an image", () => {
  const settings = { cluster: "local", imageMirror: undefined, registryMirrors: {} } as const;

  it("is the registry in its name, over TLS, or Docker Hub", () => {
    assert.deepEqual(placeOf("node:24-slim", settings), {
      registries: ["https://registry-1.docker.io"],
      path: "library/node",
      tag: "24-slim",
    });
    assert.deepEqual(placeOf("quay.io/prometheus/prometheus", settings), {
      registries: ["https://quay.io"],
      path: "prometheus/prometheus",
      tag: "latest",
    });
    assert.deepEqual(placeOf("127.0.0.1:5000/a:1", settings).registries, ["http://127.0.0.1:5000"]);
  });

  it("is the mirror if there is one, as for the pull", () => {
    const place = placeOf("quay.io/a/b:1", { ...settings, imageMirror: "m:5000/hub" });
    assert.deepEqual(place, { registries: ["https://m:5000", "http://m:5000"], path: "hub/a/b", tag: "1" });
    const registryMirrors = { "docker.io": ["http://one:5000/", "http://two"] };
    assert.deepEqual(placeOf("a/b:1", { ...settings, registryMirrors }).registries, [
      "http://one:5000",
      "http://two",
      "https://registry-1.docker.io",
    ]);
  });
});

const today = "2026-11-27T00:00:00Z";

describe("the end of an image's support", () => {
  it("has passed for everything in loki-stack, and for nothing in the maintained charts", () => {
    const ended = (versions: "chart" | "maintained") =>
      images[versions].map(({ reference }) => supportOf(reference, today).ended);
    assert.ok(ended("chart").every((one) => one));
    assert.ok(ended("maintained").every((one) => !one));
  });

  it("is found for short names, mirrors and digests", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    for (const name of ["busybox:1.31.1", `m.example:5000/hub/grafana/loki:2.9.17@${digest}`]) {
      assert.equal(supportOf(name, today).ended, true, name);
    }
  });

  it("is unknown for other images, which are not reported", () => {
    assert.deepEqual(supportOf("rancher/k3s:v1.34.2-k3s1", today), {
      known: false,
      supportedUntil: undefined,
      ended: false,
    });
  });
});
