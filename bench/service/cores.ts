import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

const serverCore = 0;
const loadCore = 1;

/** Whether the server gets a core of its own. Needs two cores and `taskset`. */
const pinned = availableParallelism() > 1 && spawnSync("taskset", ["-cp", String(process.pid)]).status === 0;

/** Describes the assignment of cores, for the report. */
export const cores = pinned
  ? "server and load on separate cores"
  : "server and load not pinned to cores: `taskset` or a second core is missing";

/** Moves this process and its future child processes to the core of the load. */
export function leaveTheServerItsCore(): void {
  if (pinned) spawnSync("taskset", ["-cp", String(loadCore), String(process.pid)]);
}

/** Returns the command that runs a server on the server's core. */
export function onServerCore(command: readonly string[]): readonly string[] {
  return pinned ? ["taskset", "-c", String(serverCore), ...command] : command;
}
