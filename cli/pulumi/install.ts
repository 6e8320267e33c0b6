import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { PulumiCommand } from "@pulumi/pulumi/automation/cmd.js";
import { UserError } from "../../stack/errors.ts";
import { pulumiError } from "../failure/text.ts";
import { say } from "../terminal/say.ts";
import { ensureStateDir, stateDir } from "./paths.ts";
import { inOwnSession } from "./session.ts";

/** The first version with `Stash`, which keeps Grafana's password. */
const oldestCli = "3.208.0";

/** The machine's Pulumi CLI; if there is none, installs the SDK's version into the state folder. */
export async function findPulumi(): Promise<PulumiCommand> {
  const { PulumiCommand } = await import("@pulumi/pulumi/automation/cmd.js");
  if (!hasPulumi()) {
    say("installing Pulumi into .latency-lab/pulumi (once)");
    ensureStateDir();
    await PulumiCommand.install({ root: ownPulumi }).catch(({ message }: Error) => {
      throw new UserError({
        what: "the Pulumi CLI is not installed, and could not be installed",
        why: pulumiError(message),
        fix: "install it: https://www.pulumi.com/docs/install/   (then run the command again)",
      });
    });
  }
  const onWindows = process.platform === "win32"; // Windows has no sessions.
  const found = await PulumiCommand.get({
    ...(onWindows ? {} : { root: inOwnSession(pulumiPath().command) }),
    skipVersionCheck: true,
  });
  if (found.version && found.version.compare(oldestCli) < 0) {
    throw new UserError({
      what: `Pulumi ${found.version} is too old`,
      why: `latency-lab needs ${oldestCli} or later`,
      fix: "pulumi self-update   (or https://www.pulumi.com/docs/install/)",
    });
  }
  return found;
}

const ownPulumi = join(stateDir, "pulumi");

/** The Pulumi CLI to use, and the folder to add to the PATH if latency-lab installed it. */
export function pulumiPath(): { command: string; folder: string | undefined } {
  const folder = join(ownPulumi, "bin");
  // An interrupted download leaves an empty folder.
  const command = pulumiIn([folder]);
  return command ? { command, folder } : { command: onPath() ?? "pulumi", folder: undefined };
}

/** Whether there is a Pulumi CLI; does not start it. */
export function hasPulumi(): boolean {
  return pulumiPath().folder !== undefined || onPath() !== undefined;
}

function onPath(): string | undefined {
  return pulumiIn((process.env.PATH ?? "").split(delimiter));
}

function pulumiIn(folders: readonly string[]): string | undefined {
  const files = folders.flatMap((folder) => ["pulumi", "pulumi.exe"].map((name) => join(folder, name)));
  return files.find((file) => existsSync(file));
}
