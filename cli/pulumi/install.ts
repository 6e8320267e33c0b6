import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { PulumiCommand } from "@pulumi/pulumi/automation/cmd.js";
import { UserError } from "../../stack/errors.ts";
import { say } from "../terminal/say.ts";
import { ensureStateDir, stateDir } from "./paths.ts";
import { whatPulumiSaid } from "./said.ts";
import { inOwnSession } from "./session.ts";

/** `Stash`, which keeps Grafana's password, came with it. */
const oldestCli = "3.208.0";

/** Installed when the machine has none: the version of the SDK in package.json. */
const cliWhenMissing = "3.270.0";

/** A Pulumi command line, and the folder to put on the PATH when it is not there yet. */
export interface PulumiCli {
  readonly command: PulumiCommand;
  readonly folder: string | undefined;
}

/** The Pulumi command line of the machine; with none, one installed into the state folder. */
export async function findPulumi(): Promise<PulumiCli> {
  if (!hasPulumi()) await install(ownPulumi);
  const command = pulumiPath().command;
  const { PulumiCommand } = await import("@pulumi/pulumi/automation/cmd.js");
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
  const [{ PulumiCommand }, { SemVer }] = await Promise.all([
    import("@pulumi/pulumi/automation/cmd.js"),
    import("semver"),
  ]);
  try {
    await PulumiCommand.install({ root: home, version: new SemVer(cliWhenMissing) });
  } catch (error) {
    throw new UserError({
      what: "there is no Pulumi command line, and it could not be installed",
      why: await whyNotInstalled(error as Error),
      fix: "install it: https://www.pulumi.com/docs/install/   (then run the command again)",
    });
  }
}

/** The SDK tells that it could not fetch the installer, but not why. */
async function whyNotInstalled({ message }: Error): Promise<string> {
  const said = whatPulumiSaid(message);
  const url = /(https:\S+): fetch failed$/.exec(said)?.[1];
  if (url === undefined) return said;
  const again = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch((error: Error) => error);
  const cause = again instanceof Error ? (again.cause as Error | undefined)?.message : undefined;
  return cause === undefined ? said : said.replace("fetch failed", cause);
}

/** Where latency-lab installs a Pulumi command line when the machine has none. */
const ownPulumi = join(stateDir, "pulumi");

/** The Pulumi command line to use, and the folder to put on the PATH when it is latency-lab's own. */
export function pulumiPath(): { command: string; folder: string | undefined } {
  const folder = join(ownPulumi, "bin");
  // A download that was cut off leaves the folder.
  const command = pulumiIn([folder]);
  if (command !== undefined) return { command, folder };
  return { command: onPath() ?? "pulumi", folder: undefined };
}

/** Whether there is a Pulumi command line, without starting it. */
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
