import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse, stringify } from "yaml";
import { UserError } from "../errors.ts";
import { kubeconfigPath, readContext } from "./kubeconfig.ts";

describe("a kubeconfig", () => {
  let folder: string;
  let path: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "latency-lab-kubeconfig-"));
    path = join(folder, "config");
    writeFileSync(join(folder, "ca.crt"), "certificate");
    writeFileSync(
      path,
      stringify({
        "current-context": "production",
        clusters: [
          { name: "one", cluster: { server: "https://one", "certificate-authority": "ca.crt" } },
          { name: "two", cluster: { server: "https://two" } },
        ],
        users: [
          { name: "me", user: { token: "t" } },
          { name: "boss", user: { token: "secret of production" } },
        ],
        contexts: [
          { name: "test", context: { cluster: "one", user: "me" } },
          { name: "production", context: { cluster: "two", user: "boss" } },
        ],
      }),
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  it("is cut down to the named context, whatever is current", () => {
    const text = readContext(path, "test");
    const config = parse(text);
    assert.equal(config["current-context"], "test");
    assert.deepEqual(config.clusters.length, 1);
    assert.ok(!text.includes("secret of production"));
  });

  it("carries its certificates with it", () => {
    const { cluster } = parse(readContext(path, "test")).clusters[0];
    assert.equal(Buffer.from(cluster["certificate-authority-data"], "base64").toString(), "certificate");
    assert.equal(cluster["certificate-authority"], undefined);
  });

  it("without the context names those that it has", () => {
    assert.throws(
      () => readContext(path, "tset"),
      (error: UserError) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, /context = "tset" is not in/);
        assert.match(error.message, /it has: test, production/);
        assert.match(error.message, /npm run up -- --config context=test/);
        return true;
      },
    );
  });

  it("that is not there, or is no kubeconfig, is named", () => {
    assert.throws(() => readContext(join(folder, "none"), "test"), /can't be read/);
    writeFileSync(join(folder, "text"), "hello");
    assert.throws(() => readContext(join(folder, "text"), "test"), /is not a kubeconfig/);
  });

  it("is looked for where the setting says, then in KUBECONFIG, then at home", () => {
    const before = process.env.KUBECONFIG;
    try {
      process.env.KUBECONFIG = "/a:/b";
      assert.equal(kubeconfigPath("k", "/project"), "/project/k");
      assert.equal(kubeconfigPath(undefined, "/project"), "/a");
      delete process.env.KUBECONFIG;
      assert.match(kubeconfigPath(undefined, "/project"), /\.kube.config$/);
    } finally {
      if (before !== undefined) process.env.KUBECONFIG = before;
    }
  });
});
