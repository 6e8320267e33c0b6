import { spawnSync } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { isWritable, root, stateDir } from "./folders.mjs";

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
export function reason(result) {
  if (result.error) return String(result.error.message);
  const lines = `${result.stderr}`.split("\n").map((line) => line.replace(/^npm (error|ERR!) ?/i, "").trim());
  const ends = lines.findIndex((line) => /^(Clean install|Usage|A complete log)/.test(line));
  const message = lines.slice(0, ends < 0 ? undefined : ends);
  return message
    .filter((line) => line !== "" && !/^(npm warn|code )/i.test(line))
    .slice(0, 3)
    .join("; ");
}
