import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

const serverCore = 0;
const loadCore = 1;

/** A core for the server and one for everything else, where the machine has two and `taskset` can give them out. */
const pinned = availableParallelism() > 1 && spawnSync("taskset", ["-cp", String(process.pid)]).status === 0;

/** What to write above the figures. */
export const cores = pinned
  ? "server and load on a core each"
  : "server and load wherever the system puts them: `taskset` or a second core is missing";

/** Moves this process, and with it whatever it starts, to the core of the load. */
export function leaveTheServerItsCore(): void {
  if (pinned) spawnSync("taskset", ["-cp", String(loadCore), String(process.pid)]);
}

/** The command of a server on the server's core. */
export function onServerCore(command: readonly string[]): readonly string[] {
  return pinned ? ["taskset", "-c", String(serverCore), ...command] : command;
}
