import { execFileSync } from "node:child_process";

/**
 * Kills a command with everything that it started: Pulumi puts its plugins into
 * process groups of their own, which a signal to the command's group misses.
 */
export function killAll(pid: number): void {
  const all = descendants(pid);
  for (const one of all) {
    try {
      process.kill(one, "SIGKILL");
    } catch (error) {
      // It ended meanwhile.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/** A process and whatever it started, parents first: none of them sees its children die. */
function descendants(pid: number): number[] {
  const table = execFileSync("ps", ["-e", "-o", "pid=,ppid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  const found = [pid];
  for (const parent of found) {
    found.push(...table.filter(([, ppid]) => ppid === parent).map(([child]) => child));
  }
  return found;
}
