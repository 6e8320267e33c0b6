import { readFileSync } from "node:fs";

/** Whether a process of any user is running on this machine. */
export function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  // A zombie: killed, but not yet reaped by its parent, which in a container may never happen.
  return !["Z", "X"].includes(statOf(pid)?.[0] ?? "");
}

/** Start time of a process in clock ticks since boot, because pids are reused. Undefined without /proc. */
export function startOf(pid: number): string | undefined {
  return statOf(pid)?.[19];
}

/** The fields of /proc/PID/stat, from the process' state on. */
function statOf(pid: number): string[] | undefined {
  try {
    // `PID (name) STATE …`, and the name can contain any character.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
