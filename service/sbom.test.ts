import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { build } from "esbuild";

const here = import.meta.dirname;

interface Component {
  name: string;
  version?: string;
  purl?: string;
  hashes?: { content: string }[];
  components?: Component[];
}

describe("the SBOM of the image", () => {
  const folder = mkdtempSync(join(tmpdir(), "delayed-server-sbom-"));
  let text: string;
  let components: Component[];
  const written = () =>
    execFileSync(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", join(here, "sbom.ts"), join(folder, "rootfs")],
      {
        cwd: folder,
        encoding: "utf8",
      },
    );
  before(() => {
    for (const file of ["package.json", "package-lock.json"])
      copyFileSync(join(here, file), join(folder, file));
    mkdirSync(join(folder, "rootfs", "lib"), { recursive: true });
    writeFileSync(join(folder, "rootfs", "lib", "libmine.so.1"), "library");
    text = written();
    components = JSON.parse(text).components;
  });
  after(() => rmSync(folder, { recursive: true }));

  it("contains every package in the bundle, with version and hash", async () => {
    const { metafile } = await build({
      entryPoints: [join(here, "src", "main.ts")],
      bundle: true,
      platform: "node",
      write: false,
      metafile: true,
      logLevel: "error",
    });
    const inputs = Object.keys(metafile.inputs);
    const bundled = new Set(
      inputs.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
    );
    assert.ok(bundled.size >= 3, [...bundled].join(", "));
    for (const name of bundled) {
      const found = components.find((one) => one.name === name);
      assert.ok(found, name);
      assert.match(found.purl ?? "", /^pkg:npm\/.*@\d/);
      assert.ok(found.hashes?.[0]?.content, name);
    }
    // Build tools are not part of the image.
    assert.ok(!components.some(({ name }) => name.includes("esbuild")));
  });

  it("contains Node with its built-in libraries, and every other library with its hash", () => {
    const node = components.find(({ name }) => name === "node");
    assert.equal(node?.version, process.versions.node);
    const compiledIn = node?.components?.map(({ name }) => name) ?? [];
    for (const name of ["openssl", "v8", "uv", "zlib"]) assert.ok(compiledIn.includes(name), name);
    const library = components.find(({ name }) => name === "/lib/libmine.so.1");
    assert.match(library?.hashes?.[0]?.content ?? "", /^[0-9a-f]{64}$/);
  });

  it("is CycloneDX and reproducible", () => {
    const { bomFormat, specVersion, metadata } = JSON.parse(text);
    assert.deepEqual(
      [bomFormat, specVersion, metadata.component.name],
      ["CycloneDX", "1.5", "delayed-server"],
    );
    const refs = [...text.matchAll(/"bom-ref": "([^"]*)"/g)].map(([, ref]) => ref);
    assert.equal(new Set(refs).size, refs.length);
    assert.equal(written(), text);
  });
});
