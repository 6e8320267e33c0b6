import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, it } from "node:test";
import { dashboards, defaultOptions } from "../dashboards/index.ts";
import { Checkout } from "./checkout.ts";
import { notInstalled } from "./environment.ts";

const root = join(import.meta.dirname, "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const pages = globSync("**/*.md", {
  cwd: root,
  exclude: (name) => name === "node_modules" || name === ".latency-lab",
});

describe("the documents", () => {
  it("link to files and headings that exist", () => {
    for (const page of pages) {
      for (const [, target = ""] of read(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
        const [file = "", anchor] = target.split("#");
        const path = file === "" ? page : join(dirname(page), file);
        assert.ok(existsSync(join(root, path)), `${page} links to ${target}`);
        if (anchor !== undefined) assert.ok(anchors(path).includes(anchor), `${page} links to ${target}`);
      }
    }
  });

  it("begin with a short README that names every command", () => {
    const readme = read("README.md");
    const lines = readme.trimEnd().split("\n").length;
    assert.ok(lines <= 130, `README.md has ${lines} lines, and 130 are allowed`);
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    // With exec, signals to npm reach the command.
    const script = (command: string) => `exec node cli/bootstrap.mjs cli/main.ts ${command}`;
    assert.ok(read("CONTRIBUTING.md").includes(`"urls": "${script("urls")}"`), "the example of a command");
    for (const file of globSync("cli/commands/*.ts", { cwd: root })) {
      const command = basename(file, ".ts");
      if (command.endsWith(".test")) continue;
      assert.match(readme, new RegExp(`^\\| \`${command}\` \\|`, "m"));
      assert.equal(scripts[command], script(command));
    }
  });

  it("list only folders that exist, and all top-level folders", () => {
    const map = read("docs/architecture.md");
    const named: string[] = [];
    for (const [, cell = ""] of map.matchAll(/^\| (`[^|]+\/`) \|/gm)) {
      const [first = "", ...beside] = [...cell.matchAll(/`([^`]+)\/`/g)].map(([, folder = ""]) => folder);
      named.push(first, ...beside.map((folder) => join(dirname(first), folder)));
    }
    for (const folder of named) assert.ok(existsSync(join(root, folder)), folder);
    const top = globSync("*/", { cwd: root }).map((folder) => folder.replace(/[\\/]$/, ""));
    for (const folder of top.filter((name) => name !== "node_modules" && name !== "docs"))
      assert.ok(named.includes(folder), folder);
  });

  it("name in CONTRIBUTING.md only files that exist", () => {
    const paths = [
      ...read("CONTRIBUTING.md").matchAll(/`((?:service|dashboards|stack|cli|test|docs)\/[\w./-]*)`/g),
    ];
    assert.ok(paths.length > 25);
    const placeholders = /DASHBOARD|PART|urls\.ts/;
    for (const [, path = ""] of paths)
      if (!placeholders.test(path)) assert.ok(existsSync(join(root, path)), path);
  });

  it("name in docs/troubleshooting.md only messages that exist", () => {
    const sources = globSync("{cli,stack}/**/*.{ts,mjs}", { cwd: root }).filter((file) => !/test/.test(file));
    const said = sources
      .map(read)
      .join("\n")
      // Expressions in templates, and texts in several parts.
      .replaceAll(/\$\{[^{}]*(\{[^{}]*\}[^{}]*)*\}/g, "…")
      .replaceAll(/["`] \+\n\s*["`]/g, "");
    const tables = read("docs/troubleshooting.md").split("\n## Messages").slice(1).join("\n");
    const messages = tables.match(/^\| `.*?\|/gm) ?? [];
    assert.ok(messages.length > 40);
    for (const [, message = ""] of messages.join("\n").matchAll(/`([^`]+)`/g)) {
      const parts = message.split(/…|[=:]? ?"|NAME/).map((part) => part.trim());
      for (const part of parts) assert.ok(said.includes(part), `no message has “${part}” of “${message}”`);
    }
  });

  it("contain only pictures that load quickly", () => {
    for (const picture of globSync("docs/*.{png,svg}", { cwd: root }))
      assert.ok(statSync(join(root, picture)).size < 100_000, picture);
  });

  it("name only panels that the dashboards have", async () => {
    const titles = (await dashboards(defaultOptions())).flatMap(({ json }) =>
      [...json.matchAll(/"title":"([^"]+)"/g)].map(([, title]) => title),
    );
    // Pages and folders of Grafana and Prometheus, and the text of an empty panel.
    const others = ["Alerting", "Alerts", "No data", "Status → Targets", "Status → Service Discovery"];
    for (const page of ["docs/alerts.md", "docs/dashboards.md"]) {
      for (const [, name = ""] of read(page).matchAll(/(?<!\*)\*([^*\n]+)\*(?!\*)/g))
        assert.ok([...titles, ...others, "latency-lab"].includes(name), `${page}: ${name}`);
    }
  });

  it("credit every package that the server's image contains", () => {
    const notice = read("service/NOTICE");
    const { packages } = JSON.parse(read("service/package-lock.json")) as {
      packages: Record<string, { dev?: boolean; optional?: boolean }>;
    };
    for (const [path, { dev, optional }] of Object.entries(packages)) {
      if (path === "" || dev || optional) continue;
      assert.ok(notice.includes(`- ${path.replace(/^.*node_modules\//, "")},`), path);
    }
  });
});

describe("the repository", () => {
  it("has LF at the end of lines in every checkout, on Windows too", { skip: notInstalled("git") }, () => {
    const copy = new Checkout();
    try {
      const windows = ["-c", "core.autocrlf=true", "-c", "core.eol=crlf", "-c", "core.safecrlf=false"];
      const run = (...args: string[]) =>
        execFileSync("git", [...windows, ...args], { cwd: copy.folder, encoding: "utf8" });
      run("init", "--quiet");
      run("add", "--all");
      for (const file of run("ls-files", "-z").split("\0").slice(0, -1)) rmSync(join(copy.folder, file));
      run("checkout-index", "--all");
      // `i/lf    w/lf    attr/text=auto eol=lf    README.md`
      const lines = run("ls-files", "--eol").trim().split("\n");
      assert.ok(lines.length > 200 && lines.some((line) => /w\/lf .*Dockerfile$/.test(line)));
      assert.deepEqual(
        lines.filter((line) => /\bw\/(crlf|mixed)/.test(line)),
        [],
      );
    } finally {
      copy.remove();
    }
  });
});

/** The anchors of a page's headings, as GitHub generates them. */
function anchors(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\s-]/gu, "")
      .replace(/\s/g, "-"),
  );
}
