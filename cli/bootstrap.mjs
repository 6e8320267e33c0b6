// The first file of every `npm run`: makes sure of a supported Node and of the
// dependencies, then hands over. Plain JavaScript and built-in modules only,
// because it runs before anything is installed, on whatever Node there is.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stateDir = join(root, ".latency-lab");

// Node runs TypeScript without a flag from 22.18 on; Pulumi's SDK needs 22.
const oldestNode = [22, 18];
const nodeWhenOlder = "24";

const onWindows = process.platform === "win32";

function say(text) {
  process.stderr.write(`${text}\n`);
}

function fail(what, why, fix) {
  say(`error: ${what}\n  why: ${why}\n  fix: ${fix}`);
  process.exit(1);
}

function isSupported(version) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
}

function npm(args, options = {}) {
  return spawnSync(onWindows ? "npm.cmd" : "npm", args, {
    cwd: root,
    encoding: "utf8",
    shell: onWindows,
    ...options,
  });
}

/** What npm says went wrong, without its advice on its own commands. */
function reason(result) {
  if (result.error) return String(result.error.message);
  const lines = `${result.stderr}`.split("\n").map((line) => line.replace(/^npm error ?/i, "").trim());
  const ends = lines.findIndex((line) => /^(Clean install|Usage|A complete log)/.test(line));
  const said = lines.slice(0, ends < 0 ? undefined : ends);
  return said
    .filter((line) => line !== "" && !/^(npm warn|code )/i.test(line))
    .slice(0, 3)
    .join("; ");
}

/** The path of a Node that can run this project: the one running now, or one brought from npm. */
function supportedNode() {
  if (isSupported(process.version)) return process.execPath;
  const platform = onWindows ? "win" : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const home = join(stateDir, "node");
  const binary = join(home, "node_modules", name, "bin", onWindows ? "node.exe" : "node");
  if (existsSync(binary)) return binary;
  say(
    `Node ${process.version} is older than ${oldestNode.join(".")}: bringing Node ${nodeWhenOlder} from npm into .latency-lab (once)`,
  );
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "package.json"), '{"private": true}\n');
  const result = npm(
    ["install", "--prefix", home, "--no-save", "--loglevel=error", `${name}@${nodeWhenOlder}`],
    { cwd: home },
  );
  if (!existsSync(binary)) {
    fail(
      `Node ${process.version} is too old, and a newer one could not be brought from npm`,
      reason(result) || `npm has no ${name}`,
      `install Node ${nodeWhenOlder} (https://nodejs.org) and run the command again`,
    );
  }
  return binary;
}

/** Whether node_modules holds what the lockfile names: npm notes there what it installed. */
function isInstalled(lockfile) {
  try {
    const wanted = JSON.parse(lockfile).packages;
    const noted = readFileSync(join(root, "node_modules", ".package-lock.json"), "utf8");
    const installed = JSON.parse(noted).packages;
    return Object.entries(wanted).every(
      ([path, { version, optional, link }]) =>
        !path.startsWith("node_modules/") || link || optional || installed[path]?.version === version,
    );
  } catch {
    return false;
  }
}

/** Installs exactly what the lockfile names, once per lockfile. */
function installDependencies() {
  const lockfile = readFileSync(join(root, "package-lock.json"), "utf8");
  const lock = createHash("sha256").update(lockfile).digest("hex");
  const stamp = join(root, "node_modules", ".latency-lab-installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  if (!isInstalled(lockfile)) {
    say("installing the dependencies of package-lock.json (once)");
    const result = npm(["ci", "--loglevel=error", "--no-progress"]);
    if (result.status !== 0) {
      fail(
        "the dependencies could not be installed",
        reason(result),
        "check `npm config get registry` and your network, then run the command again",
      );
    }
  }
  writeFileSync(stamp, lock);
}

const node = supportedNode();
installDependencies();

const child = spawn(node, ["--disable-warning=ExperimentalWarning", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
  env: {
    ...process.env,
    // Children (npm, Pulumi's language host) find the same Node first.
    PATH: `${dirname(node)}${onWindows ? ";" : ":"}${process.env.PATH ?? ""}`,
    // Compiled modules are kept between runs: Pulumi's SDK loads in half the time.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(stateDir, "compile-cache"),
    // Where the user typed the command: relative paths in flags mean that folder.
    LATENCY_LAB_CWD: process.env.INIT_CWD ?? process.cwd(),
  },
});
// The command stops cleanly by itself: this process waits for it, also when nobody reads any more.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
// `kill` of npm itself leaves its command alone: nobody waits for it any more.
const parent = process.ppid;
if (process.env.npm_lifecycle_event) {
  setInterval(() => {
    if (process.ppid !== parent) child.kill("SIGTERM");
  }, 1000).unref();
}
child.on("exit", (code, signal) => {
  if (code === null) stopEngine();
  process.exit(code ?? 128 + (constants.signals[signal] ?? 1));
});

/** A command that was killed can't stop the Pulumi that it started. */
function stopEngine() {
  try {
    process.kill(Number(readFileSync(join(stateDir, "session", `engine-${child.pid}`), "utf8")), "SIGINT");
  } catch {
    // It started none, or that has ended.
  }
}
