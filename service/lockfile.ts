// `npm run lock`: writes service/package-lock.json for the image build, which cannot see the project's
// lockfile. The service is a workspace of the project.
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
