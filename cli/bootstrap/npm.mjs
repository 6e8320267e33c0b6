import { spawnSync } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { isWritable, root, stateDir } from "./folders.mjs";

const onWindows = process.platform === "win32";

/** The PATH on which children (npm, Pulumi's language host) find the same Node first. */
export function pathWith(node) {
  return `${dirname(node)}${delimiter}${process.env.PATH || ""}`;
}

/** Runs npm by a Node, with the user's registry, proxy and login, but none of the settings of the `npm run` above. */
export function npm(node, args, cwd = root) {
  const settings = ["--loglevel=error", "--no-progress"];
  settings.push(...["json", "dry-run", "global"].map((name) => `--${name}=false`));
  const cache = process.env.npm_config_cache;
  if (cache && !isWritable(cache)) settings.push(`--cache=${join(stateDir, "npm-cache")}`);
  return spawnSync(onWindows ? "npm.cmd" : "npm", [...args, ...settings], {
    cwd,
    encoding: "utf8",
    shell: onWindows,
    // Options of a development environment for its own Node may be unknown to this one.
    env: { ...process.env, PATH: pathWith(node), NODE_OPTIONS: "" },
  });
}

/** What npm says went wrong, without its advice on its own commands. */
export function reason(result) {
  if (result.error) return String(result.error.message);
  const lines = `${result.stderr}`.split("\n").map((line) => line.replace(/^npm (error|ERR!) ?/i, "").trim());
  const ends = lines.findIndex((line) => /^(Clean install|Usage|A complete log)/.test(line));
  const said = lines.slice(0, ends < 0 ? undefined : ends);
  return said
    .filter((line) => line !== "" && !/^(npm warn|code )/i.test(line))
    .slice(0, 3)
    .join("; ");
}
