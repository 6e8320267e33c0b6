import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { stateDir } from "../install.mjs";

export { root, stateDir } from "../install.mjs";

/** The state folder, created if missing, readable by its owner only. */
export function ensureStateDir(): string {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  return stateDir;
}

/** A path relative to the user's working directory. */
export function userPath(path: string): string {
  return resolve(process.env.LATENCY_LAB_CWD ?? "", path);
}

/** The same, for a file that is written next: creates its folder. */
export function outputFile(path: string): string {
  const file = userPath(path);
  mkdirSync(dirname(file), { recursive: true });
  return file;
}

/** A stack's name without organization and project. */
export function shortName(stack: string): string {
  return stack.slice(stack.lastIndexOf("/") + 1);
}

/** Where a `file://` backend keeps the state of a stack, copies of it, and locks. */
export function stateFiles(backend: string, stack: string) {
  const of = (...kind: string[]) => join(backend, ".pulumi", ...kind, "latency-lab", shortName(stack));
  return {
    state: `${of("stacks")}.json`,
    backups: of("backups"),
    history: of("history"),
    locks: of("locks", "organization"),
  };
}
