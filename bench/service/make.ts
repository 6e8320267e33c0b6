import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");

/** Where everything that is made or brought for the benchmark goes; git ignores it. */
export const outputs = join(root, ".latency-lab", "bench");

/** The file that was made, or why it can't be. */
export type Made = { file: string } | { why: string };

/** One file out of a Node program and what it imports, by the very command that bundles the image's. */
export function bundled(source: string, name: string): Made {
  const { scripts } = readServicePackage();
  const file = join(outputs, `${name}.cjs`);
  const [esbuild, ...args] = scripts.bundle
    .replace("src/main.ts", source)
    .replace("dist/server.cjs", file)
    .split(" ");
  return run(file, join(root, "node_modules", ".bin", esbuild as string), [...args, "--log-level=error"]);
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

function readServicePackage(): { scripts: { bundle: string } } {
  return JSON.parse(readFileSync(join(root, "service", "package.json"), "utf8"));
}
