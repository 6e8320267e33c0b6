import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What Pulumi writes into a lock of a file backend. */
interface Lock {
  readonly pid: number;
  readonly hostname: string;
}

/**
 * Removes locks of a file backend whose process on this machine is gone: it was
 * killed, and nobody else would ever remove them. Returns how many there were.
 */
export function removeStaleLocks(backendUrl: string, project: string, stack: string): number {
  if (!backendUrl.startsWith("file://")) return 0;
  const folder = join(fileURLToPath(backendUrl), ".pulumi", "locks", "organization", project, stack);
  if (!existsSync(folder)) return 0;
  const stale = readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((file) => isStale(file));
  for (const file of stale) rmSync(file, { force: true });
  return stale.length;
}

function isStale(file: string): boolean {
  let lock: Lock;
  try {
    lock = JSON.parse(readFileSync(file, "utf8")) as Lock;
  } catch {
    return true; // Cut off while it was written.
  }
  return lock.hostname === hostname() && !isAlive(lock.pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Killed, and still listed until its parent asks after it, which in a container may be never. */
function isZombie(pid: number): boolean {
  try {
    // `PID (name) STATE …`, and a name may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return /^ [ZX]/.test(stat.slice(stat.lastIndexOf(")") + 1));
  } catch {
    return false; // There is no /proc here.
  }
}
