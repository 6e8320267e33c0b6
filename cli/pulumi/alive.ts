import { readFileSync } from "node:fs";

/** Whether a process of this machine runs, also another user's. */
export function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  // Killed, and still listed until its parent asks after it, which in a container may be never.
  return !["Z", "X"].includes(statOf(pid)?.[0] ?? "");
}

/** When a process started, in ticks since the machine did: a pid is used again. Undefined where there is no /proc. */
export function startOf(pid: number): string | undefined {
  return statOf(pid)?.[19];
}

/** What the kernel tells of a process, from its state on. */
function statOf(pid: number): string[] | undefined {
  try {
    // `PID (name) STATE …`, and a name may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
