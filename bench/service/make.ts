import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");

/** Where everything that is made or brought for the benchmark goes; git ignores it. */
const outputs = join(root, ".latency-lab", "bench");

/** The file that was made, or why it can't be. */
export type Made = { file: string } | { why: string };

/** One file out of a Node program and what it imports, made as the image's is. */
export function bundled(source: string, name: string): Made {
  const file = join(outputs, `${name}.cjs`);
  const args = ["--disable-warning=ExperimentalWarning", "bundle.ts", source, file];
  return run(file, process.execPath, args, { cwd: join(root, "service") });
}

/** A Go program of this folder. */
export function compiled(folder: string, name: string): Made {
  const file = join(outputs, name);
  return run(file, "go", ["build", "-o", file, "."], { cwd: folder });
}

/** A Go program that others publish, at this version. */
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
  if (error !== undefined && "code" in error && error.code === "ENOENT") return { why: `no ${command} here` };
  // The last line: what comes before it is about what was downloaded.
  return { why: error?.message ?? (stderr.trim().split("\n").at(-1) as string) };
}
