import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { createServer } from "node:net";
import type { Candidate } from "./candidates.ts";
import { onServerCore } from "./cores.ts";

/** A candidate that runs. */
interface Running {
  readonly url: string;
  /** Milliseconds from its start until it said that it is ready. */
  readonly readyAfter: number;
  /** The most memory that it has had in it so far, in MiB; undefined where the system does not tell. */
  readonly peakMemory: () => number | undefined;
  readonly stop: () => Promise<void>;
}

/** Starts a candidate on the server's core, and waits until it is ready. */
export async function start(candidate: Candidate): Promise<Running> {
  const port = await freePort();
  // A pipe with a reader, like a container's log. The shell becomes the server, with no process in between.
  const script = 'exec "$@" > >(exec cat > /dev/null) 2>&1';
  const began = performance.now();
  const child = spawn("bash", ["-c", script, "bash", ...onServerCore(candidate.command(port))], {
    env: { PATH: process.env.PATH, ...candidate.env },
    stdio: "ignore",
  });
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(`${url}${candidate.paths.ready}`))) {
    if (child.exitCode !== null)
      throw new Error(`${candidate.name} ended by itself: ${candidate.command(port).join(" ")}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return {
    url,
    readyAfter: performance.now() - began,
    peakMemory: () => peakMemory(child.pid as number),
    stop: () => stop(child),
  };
}

/** Stops it at once: nothing is measured any more. */
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
