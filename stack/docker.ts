// The client of the Docker engine. `askEngine` (preflight/engine.ts) adds a time limit, and explains failures.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs a Docker command. Rejects with its output if it fails, or takes longer than `timeout` milliseconds. */
export function docker(args: readonly string[], timeout = 0): Promise<{ stdout: string; stderr: string }> {
  // On any other signal, docker exits with code 0 and without output.
  return promisify(execFile)("docker", args, { timeout, killSignal: "SIGKILL", maxBuffer: 1 << 26 });
}

/** Runs a Docker command, and returns the lines of its output. */
export async function dockerLines(...args: string[]): Promise<string[]> {
  return (await docker(args)).stdout.split("\n").filter((line) => line !== "");
}
