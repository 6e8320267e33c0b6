import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { program } from "./testing/process.ts";
import { until } from "./testing/running.ts";

const here = import.meta.dirname;
const read = (...path: string[]) => readFileSync(join(here, ...path), "utf8");

interface Lockfile {
  packages: Record<
    string,
    { version?: string; integrity?: string; resolved?: string; dependencies?: Record<string, string> }
  >;
}

test("the image has the same packages as the project", () => {
  const image: Lockfile = JSON.parse(read("package-lock.json"));
  const project: Lockfile = JSON.parse(read("..", "package-lock.json"));
  const { dependencies, devDependencies } = JSON.parse(read("package.json"));
  assert.deepEqual(image.packages[""]?.dependencies, dependencies, "run `npm run lock` in service/");
  assert.deepEqual((image.packages[""] as { devDependencies?: unknown }).devDependencies, devDependencies);
  // Transitive dependencies may differ, because other packages of the project affect them.
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
    const path = `node_modules/${name}`;
    const { version, integrity } = project.packages[`service/${path}`] ?? project.packages[path] ?? {};
    assert.ok(version, name);
    assert.equal(image.packages[path]?.version, version, name);
    assert.equal(image.packages[path]?.integrity, integrity, name);
  }
});

test("the image's lockfile names no registry", () => {
  assert.doesNotMatch(
    read("package-lock.json"),
    /"resolved"|https?:\/\/(?!opencollective|github|tidelift|www\.patreon)/,
  );
});

test("the bundle and the files of the page are all that the server needs", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "delayed-server-bundle-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const bundle = join(folder, "server.cjs");
  const args = ["--disable-warning=ExperimentalWarning", "bundle.ts", "src/main.ts", bundle];
  execFileSync(process.execPath, args, { cwd: here });
  assert.deepEqual(readdirSync(folder).sort(), ["page.css", "page.html", "page.js", "server.cjs"]);

  const text = readFileSync(bundle, "utf8");
  assert.doesNotMatch(text, /sourceMappingURL|\/(home|root|work)\//);
  assert.ok(!text.includes(here), "the bundle contains the path of its build folder");

  const server = program(t, ["--port", "0", "--delay-max", "1ms"], { BUILD_REVISION: "abc" }, bundle);
  await until(() => server.output().includes("listening"));
  const url = `http://127.0.0.1:${server.lines()[0]?.port}`;
  assert.match(await (await fetch(url)).text(), /^Served after/);
  const page = await (await fetch(url, { headers: { accept: "text/html" } })).text();
  assert.match(page, /<style>[\s\S]*<script type="module">[\s\S]*<\/html>/);
  assert.match(
    await (await fetch(`${url}/metrics`)).text(),
    /httpserver_build_info\{version="0\.1\.0",revision="abc"/,
  );
  server.child.kill("SIGTERM");
  assert.equal(await server.ended, 0);
});

test("the Dockerfile declares port, user and stop signal, and builds without BuildKit", () => {
  const dockerfile = read("Dockerfile");
  assert.match(dockerfile, /^EXPOSE 19004$/m);
  assert.match(dockerfile, /^USER \d+:\d+$/m);
  assert.match(dockerfile, /^STOPSIGNAL SIGTERM$/m);
  const stages = dockerfile.match(/^FROM /gm) ?? [];
  const labels = dockerfile.match(/^LABEL latency-lab\.image=delayed-server$/gm) ?? [];
  assert.equal(labels.length, stages.length);
  // These need BuildKit.
  assert.doesNotMatch(dockerfile, /^# syntax=|--mount=|--link|<<EOF/m);
});
