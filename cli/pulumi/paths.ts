import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isAlive } from "./alive.ts";

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

/**
 * The environment with a folder for the temporary files of Pulumi and its plugins. It is removed when
 * this process ends, or by the next run if this one is killed: the Kubernetes plugin leaves
 * credentials of the cluster in its temporary files.
 */
export function temporaryFolder(): Record<string, string> {
  const remove = (name: string) => rmSync(join(stateDir, name), { recursive: true, force: true });
  const own = `tmp-${process.pid}`;
  for (const name of readdirSync(ensureStateDir())) {
    if (name === own || (name.startsWith("tmp-") && !isAlive(Number.parseInt(name.slice(4), 10))))
      remove(name);
  }
  const folder = join(stateDir, own);
  mkdirSync(folder, { mode: 0o700 });
  process.on("exit", () => remove(own));
  return { TMPDIR: folder, TMP: folder, TEMP: folder };
}
