import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const exec = promisify(execFile);

/**
 * Fills an npm cache with every package of both lockfiles, so that `npm ci --offline --cache DIR`
 * works without a registry.
 */
export async function fillNpmCache(root: string, cache: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "latency-lab-bundle-"));
  try {
    for (const part of [".", "service"]) {
      const copy = join(folder, part === "." ? "project" : part);
      mkdirSync(join(copy, "service"), { recursive: true });
      for (const file of ["package.json", "package-lock.json"]) {
        copyFileSync(join(root, part, file), join(copy, file));
      }
      if (part === ".") copyFileSync(join(root, "service/package.json"), join(copy, "service/package.json"));
      const args = [
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        "--cache",
        cache,
      ];
      await exec("npm", args, { cwd: copy, maxBuffer: 1 << 26 });
    }
    // The logs contain paths of this machine.
    rmSync(join(cache, "_logs"), { recursive: true, force: true });
    writeFileSync(join(cache, "README.txt"), "npm ci --offline --cache THIS_FOLDER\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
