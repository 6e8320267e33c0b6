// Writes service/package-lock.json, which the image is built from. The service is a
// workspace of the project, whose own lockfile an image build cannot see.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const here = import.meta.dirname;
const elsewhere = mkdtempSync(join(tmpdir(), "delayed-server-lock-"));
try {
  copyFileSync(join(here, "package.json"), join(elsewhere, "package.json"));
  const flags = ["--package-lock-only", "--omit-lockfile-registry-resolved", "--no-audit", "--no-fund"];
  const npm = spawnSync("npm", ["install", ...flags], { cwd: elsewhere, stdio: "inherit" });
  if (npm.status !== 0) process.exit(1);
  copyFileSync(join(elsewhere, "package-lock.json"), join(here, "package-lock.json"));
} finally {
  rmSync(elsewhere, { recursive: true });
}
