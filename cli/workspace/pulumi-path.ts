import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { stateDir } from "./paths.ts";

/** Where latency-lab installs a Pulumi command line when the machine has none. */
export const ownPulumi = join(stateDir, "pulumi");

/** The Pulumi command line to use, and the folder to put on the PATH when it is latency-lab's own. */
export function pulumiPath(): { command: string; folder: string | undefined } {
  const folder = join(ownPulumi, "bin");
  if (existsSync(folder)) return { command: join(folder, "pulumi"), folder };
  return { command: onPath() ?? "pulumi", folder: undefined };
}

/** Whether there is a Pulumi command line, without starting it. */
export function hasPulumi(): boolean {
  return pulumiPath().folder !== undefined || onPath() !== undefined;
}

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const files = folders.flatMap((folder) => ["pulumi", "pulumi.exe"].map((name) => join(folder, name)));
  return files.find((file) => existsSync(file));
}
