import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fail, isWritable, root, say, stateDir, whyNotWritable } from "./folders.mjs";
import { installOnce } from "./install-once.mjs";

const onWindows = process.platform === "win32";

/** The PATH with this Node first, for child processes (npm, Pulumi's language host). */
export function pathWith(node) {
  return `${dirname(node)}${delimiter}${process.env.PATH || ""}`;
}

/** Runs npm with the user's registry, proxy and login, but without the options of the current `npm run`. */
export function npm(node, args, cwd = root) {
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
export function reason({ error, stderr }) {
  if (error) return error.message;
  const [message] = `${stderr}`.split(/^(?:npm (?:error|ERR!) )?(?:Clean install|Usage|A complete log)/im);
  const lines = message.split("\n").map((line) => line.replace(/^npm (error|ERR!) ?/i, "").trim());
  const telling = lines.filter((line) => line !== "" && !/^(npm warn|code )/i.test(line));
  return telling.slice(0, 3).join("; ");
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
    if (!isWritable(modules)) fail("the dependencies can't be installed", ...whyNotWritable(modules));
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
  const packagesOf = (...path) => JSON.parse(readFileSync(join(root, ...path), "utf8")).packages;
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
