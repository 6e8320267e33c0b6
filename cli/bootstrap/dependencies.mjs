import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail, say } from "./fail.mjs";
import { isWritable, root, whyNotWritable } from "./folders.mjs";
import { npm, reason } from "./npm.mjs";

/** Installs all dependencies, regardless of NODE_ENV and `.npmrc`. None of them needs install scripts. */
const everything = [
  "--ignore-scripts",
  ...["dev", "optional", "peer"].map((kind) => `--include=${kind}`),
  ...["bin-links", "package-lock"].map((name) => `--${name}=true`),
  ...["engine-strict", "legacy-peer-deps"].map((name) => `--${name}=false`),
  "--install-strategy=hoisted",
];

/** Installs the dependencies of the lockfile, once per version of the lockfile. */
export function installDependencies(node) {
  const lockfile = readFileSync(join(root, "package-lock.json"), "utf8");
  const lock = createHash("sha256").update(lockfile).digest("hex");
  const modules = join(root, "node_modules");
  const stamp = join(modules, ".latency-lab-installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  if (!isInstalled(lockfile)) {
    if (!isWritable(modules)) fail("the dependencies can't be installed", ...whyNotWritable(modules));
    say("installing the dependencies of package-lock.json (once)");
    const result = npm(node, ["ci", ...everything]);
    if (result.status !== 0) {
      fail(
        "the dependencies could not be installed",
        reason(result),
        "check `npm config get registry` and your network, then run the command again",
      );
    }
  }
  if (isWritable(stamp)) writeFileSync(stamp, lock);
}

/** Whether node_modules matches the lockfile, according to npm's own record. */
function isInstalled(lockfile) {
  try {
    const wanted = JSON.parse(lockfile).packages;
    const record = readFileSync(join(root, "node_modules", ".package-lock.json"), "utf8");
    const installed = JSON.parse(record).packages;
    return Object.entries(wanted).every(
      ([path, { version, optional, link }]) =>
        !path.startsWith("node_modules/") || link || optional || installed[path]?.version === version,
    );
  } catch {
    return false;
  }
}
