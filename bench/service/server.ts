import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { createServer } from "node:net";
import type { Candidate } from "./candidates.ts";
import { onServerCore } from "./cores.ts";

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
  const port = await freePort();
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
