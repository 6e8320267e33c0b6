import { mkdirSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The commands' files between runs, ignored by git. */
export const stateDir = join(root, ".latency-lab");

/** The state folder, created if missing, readable by its owner only. */
export function ensureStateDir(): string {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  return stateDir;
}

/** A path relative to the user's working directory. */
export function userPath(path: string): string {
  return isAbsolute(path) ? path : resolve(process.env.LATENCY_LAB_CWD ?? process.cwd(), path);
}

/** The same, for a file that is written next: creates its folder. */
export function outputFile(path: string): string {
  const file = userPath(path);
  mkdirSync(dirname(file), { recursive: true });
  return file;
}
