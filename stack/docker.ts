import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs a Docker command. Rejects with its output if it fails, or takes longer than `timeout` milliseconds. */
export function docker(args: readonly string[], timeout = 0): Promise<{ stdout: string; stderr: string }> {
  // On any other signal, docker exits with code 0 and without output.
  return promisify(execFile)("docker", args, { timeout, killSignal: "SIGKILL", maxBuffer: 1 << 26 });
}
