import { execFile } from "node:child_process";
import { promisify } from "node:util";

const exec = promisify(execFile);

/** Whether a command is there and works. */
export async function answers(command: string, args: readonly string[]): Promise<boolean> {
  try {
    await exec(command, args);
    return true;
  } catch {
    return false;
  }
}

export async function findKubectl(): Promise<{ command: string } | { missing: string }> {
  if (await answers("kubectl", ["version", "--client"])) return { command: "kubectl" };
  return { missing: "there is no kubectl on the PATH" };
}
