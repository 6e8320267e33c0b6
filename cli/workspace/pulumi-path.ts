import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { stateDir } from "./paths.ts";

/** Where latency-lab installs a Pulumi command line when the machine has none. */
export const ownPulumi = join(stateDir, "pulumi");

/** The Pulumi command line to use, and the folder to put on the PATH when it is latency-lab's own. */
export function pulumiPath(): { command: string; folder: string | undefined } {
  const folder = join(ownPulumi, "bin");
  return existsSync(folder)
    ? { command: join(folder, "pulumi"), folder }
    : { command: "pulumi", folder: undefined };
}

/** Whether there is a Pulumi command line, without starting it. */
export function hasPulumi(): boolean {
  if (pulumiPath().folder !== undefined) return true;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.some((folder) => ["pulumi", "pulumi.exe"].some((name) => existsSync(join(folder, name))));
}
