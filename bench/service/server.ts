import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { availableParallelism } from "node:os";
import { freePorts } from "../../test/programs.ts";
import type { Candidate } from "./candidates.ts";

/** A running candidate. */
interface Running {
  readonly url: string;
  /** Milliseconds from the start of the process until it was ready. */
  readonly readyAfter: number;
  /** Peak resident memory so far in MiB; undefined if the system does not report it. */
  readonly peakMemory: () => number | undefined;
  readonly stop: () => Promise<void>;
}

/** Starts a candidate on the server's core and waits until it is ready. Rejects if the process ends. */
export async function start(candidate: Candidate): Promise<Running> {
  if (candidate.why !== undefined) throw new Error(candidate.why);
  const { port } = await freePorts("port");
  // Writes to a pipe with a reader, like a container. `exec` replaces the shell, so that `child` is the server.
  const script = 'exec "$@" > >(exec cat > /dev/null) 2>&1';
  const began = performance.now();
  const child = spawn("bash", ["-c", script, "bash", ...onServerCore(candidate.command(port))], {
    env: { PATH: process.env.PATH, ...candidate.env },
    stdio: "ignore",
  });
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(`${url}${candidate.paths.ready}`))) {
    if (child.exitCode !== null)
      throw new Error(`${candidate.name} exited: ${candidate.command(port).join(" ")}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return {
    url,
    readyAfter: performance.now() - began,
    peakMemory: () => peakMemory(child.pid as number),
    stop: () => stop(child),
  };
}

/** Kills the process, because nothing is measured after this. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on("error", () => resolve(false));
  });
}

function peakMemory(pid: number): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
  } catch {
    return undefined;
  }
}

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
function onServerCore(command: readonly string[]): readonly string[] {
  return pinned ? ["taskset", "-c", String(serverCore), ...command] : command;
}
