import { existsSync } from "node:fs";
import { join } from "node:path";
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
