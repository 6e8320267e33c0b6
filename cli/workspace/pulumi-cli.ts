import { PulumiCommand } from "@pulumi/pulumi/automation/cmd.js";
import { SemVer } from "semver";
import { UserError } from "../../stack/errors.ts";
import { say } from "../terminal/say.ts";
import { ensureStateDir } from "./paths.ts";
import { hasPulumi, ownPulumi, pulumiPath } from "./pulumi-path.ts";
import { inOwnSession } from "./session.ts";

/** `Stash`, which keeps Grafana's password, came with it. */
const oldestCli = new SemVer("3.208.0");

/** Installed when the machine has none: the version of the SDK in package.json. */
const cliWhenMissing = new SemVer("3.270.0");

/** A Pulumi command line, and the folder to put on the PATH when it is not there yet. */
export interface PulumiCli {
  readonly command: PulumiCommand;
  readonly folder: string | undefined;
}

/** The Pulumi command line of the machine; with none, one installed into the state folder. */
export async function findPulumi(): Promise<PulumiCli> {
  if (!hasPulumi()) await install(ownPulumi);
  const command = pulumiPath().command;
  const onWindows = process.platform === "win32"; // It has no sessions.
  const found = await PulumiCommand.get({
    ...(onWindows ? {} : { root: inOwnSession(command) }),
    skipVersionCheck: true,
  });
  if (found.version && found.version.compare(oldestCli) < 0) {
    throw new UserError({
      what: `Pulumi ${found.version} is too old`,
      why: `latency-lab needs ${oldestCli} or later`,
      fix: "pulumi self-update   (or https://www.pulumi.com/docs/install/)",
    });
  }
  return { command: found, folder: pulumiPath().folder };
}

async function install(home: string): Promise<void> {
  say(`installing Pulumi ${cliWhenMissing} into .latency-lab/pulumi (once)`);
  ensureStateDir();
  try {
    await PulumiCommand.install({ root: home, version: cliWhenMissing });
  } catch (error) {
    throw new UserError({
      what: "there is no Pulumi command line, and it could not be installed",
      why: (error as Error).message.trim().split("\n")[0] ?? "",
      fix: "install it: https://www.pulumi.com/docs/install/   (then run the command again)",
    });
  }
}
