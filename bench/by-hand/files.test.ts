// A comparison is worth something when both sides make the same things.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { record } from "../../test/recorded.ts";
import { type Files, renderFiles } from "./files.ts";

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

describe("the files of who does it by hand", () => {
  let folder: string;
  let files: Files;
  const settings = () => ({
    cluster: "existing",
    kubeconfig: join(folder, "config"),
    context: "test",
    registry: "registry.example.com",
  });
  const digest = `sha256:${"a".repeat(64)}`;
  const items = (path: string) => (JSON.parse(readFileSync(path, "utf8")) as { items: Manifest[] }).items;
  const all = () => [files.namespaces, files.monitoring, files.server(digest)].flatMap(items);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "latency-lab-files-"));
    writeFileSync(
      join(folder, "config"),
      JSON.stringify({
        clusters: [{ name: "one", cluster: { server: "https://one" } }],
        users: [{ name: "me", user: { token: "t" } }],
        contexts: [{ name: "test", context: { cluster: "one", user: "me" } }],
      }),
    );
    files = await renderFiles("bench", settings(), "192.0.2.1");
  });
  after(() => {
    rmSync(folder, { recursive: true });
    rmSync(files.folder, { recursive: true });
  });

  it("hold every object that the program makes beside the release, and the release's values", async () => {
    const { resources, one } = await record(settings(), "bench");
    const made = resources.filter(({ type }) => type.startsWith("kubernetes:") && !type.includes("helm.sh"));
    const names = made.map(({ type, inputs }) => `${type.split(":")[2]} ${inputs.metadata.name}`);
    assert.deepEqual(
      all()
        .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
        .toSorted(),
      names.toSorted(),
    );
    const values = JSON.parse(readFileSync(files.values, "utf8"));
    assert.deepEqual(Object.keys(values), Object.keys(one("kubernetes:helm.sh/v3:Release").inputs.values));
  });

  it("name groups and versions as the API server knows them", () => {
    const versions = new Map(all().map(({ kind, apiVersion }) => [kind, apiVersion]));
    assert.equal(versions.get("Namespace"), "v1");
    assert.equal(versions.get("Deployment"), "apps/v1");
    assert.equal(versions.get("NetworkPolicy"), "networking.k8s.io/v1");
  });

  it("run the image by the digest that it was pushed under", () => {
    const text = readFileSync(files.server(digest), "utf8");
    assert.ok(text.includes(`registry.example.com/latency-lab/delayed-server@${digest}`));
    assert.ok(!text.includes("0".repeat(64)));
  });
});
