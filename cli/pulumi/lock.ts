import { globSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { isAlive } from "./alive.ts";

export interface Lock {
  readonly pid: number;
  readonly hostname: string;
  readonly username?: string;
  readonly timestamp?: string;
}

/**
 * Removes locks of a file backend whose process on this machine was killed; nothing else would
 * remove them. Returns their number.
 */
export function removeStaleLocks(backend: string | undefined, stack: string): number {
  const stale = locksIn(backend, stack).filter(({ lock }) => isStale(lock));
  for (const { file } of stale) rmSync(file, { force: true });
  return stale.length;
}

/** The lock of a running process, if there is one. */
export function heldLock(backend: string | undefined, stack: string): Lock | undefined {
  return locksIn(backend, stack).find(({ lock }) => !isStale(lock))?.lock;
}

/** `lock` is undefined if the file is incomplete. */
function locksIn(backend: string | undefined, stack: string) {
  if (backend === undefined) return [];
  const cwd = join(backend, ".pulumi", "locks", "organization", "latency-lab", stack);
  return globSync("*.json", { cwd }).map((name) => {
    const file = join(cwd, name);
    try {
      return { file, lock: JSON.parse(readFileSync(file, "utf8")) as Lock };
    } catch {
      return { file, lock: undefined };
    }
  });
}

function isStale(lock: Lock | undefined): lock is undefined {
  return lock === undefined || (lock.hostname === hostname() && !isAlive(lock.pid));
}
