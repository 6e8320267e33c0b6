import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");

/** The folder for everything that the benchmark builds or downloads. Git ignores it. */
const outputs = join(root, ".latency-lab", "bench");

/** The built file, or the reason why it cannot be built. */
export type Made = { file: string } | { why: string };

/** Bundles a Node program, with the same tool as the image. */
export function bundled(source: string, name: string): Made {
  const file = join(outputs, `${name}.cjs`);
  const args = ["--disable-warning=ExperimentalWarning", "bundle.ts", source, file];
  return run(file, process.execPath, args, { cwd: join(root, "service") });
}

/** Builds the Go program in a folder. */
export function compiled(folder: string, name: string): Made {
  const file = join(outputs, name);
  return run(file, "go", ["build", "-o", file, "."], { cwd: folder });
}

/** Installs a published Go program at the given version. */
export function installed(path: string, version: string, name: string): Made {
  return run(join(outputs, name), "go", ["install", `${path}@${version}`], { env: { GOBIN: outputs } });
}

function run(
  file: string,
  command: string,
  args: readonly string[],
  { cwd, env }: { cwd?: string; env?: Record<string, string> } = {},
): Made {
  mkdirSync(outputs, { recursive: true });
  const { status, error, stderr } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  if (status === 0) return { file };
  if (error !== undefined && "code" in error && error.code === "ENOENT")
    return { why: `${command} not found` };
  // The last line is the error. Those before it list downloads.
  return { why: error?.message ?? (stderr.trim().split("\n").at(-1) as string) };
}
