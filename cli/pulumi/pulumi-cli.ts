import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { PulumiCommand } from "@pulumi/pulumi/automation/cmd.js";
import { firstLineOf, quoted, UserError } from "../../stack/errors.ts";
import { engineFile } from "../install.mjs";
import { say } from "../terminal/say.ts";
import { backendEnvironment } from "./backend.ts";
import { ensureStateDir, root, stateDir } from "./paths.ts";
import { pulumiError } from "./run-failures.ts";

/** The first version with `Stash`, which keeps Grafana's password. */
const oldestCli = "3.208.0";

/** The machine's Pulumi CLI; if there is none, installs the SDK's version into the state folder. */
export async function findPulumi(): Promise<PulumiCommand> {
  const { PulumiCommand } = await import("@pulumi/pulumi/automation/cmd.js");
  if (pulumiPath() === undefined) {
    say("installing Pulumi into .latency-lab/pulumi (once)");
    ensureStateDir();
    await PulumiCommand.install({ root: ownPulumi }).catch(async ({ message }: Error) => {
      const problem = {
        what: "the Pulumi CLI is not installed, and could not be installed",
        why: (await unreachable(message)) ?? pulumiError(message),
        fix: "install it: https://www.pulumi.com/docs/install/   (then run the command again)",
      };
      throw new UserError(problem, "readiness");
    });
  }
  const session = inOwnSession(pulumiPath() ?? "pulumi");
  const found = await PulumiCommand.get({ root: session, skipVersionCheck: true });
  if (found.version && found.version.compare(oldestCli) < 0) {
    throw new UserError({
      what: `Pulumi ${found.version} is too old`,
      why: `latency-lab needs ${oldestCli} or later`,
      fix: "pulumi self-update   (or https://www.pulumi.com/docs/install/)",
    });
  }
  return found;
}

/** Why the installer's download failed: the Automation API reports only `fetch failed`. */
async function unreachable(message: string): Promise<string | undefined> {
  const [, url] = /^Failed to download (\S+): fetch failed$/.exec(message) ?? [];
  if (url === undefined) return undefined;
  const again = fetch(url, { method: "HEAD", signal: AbortSignal.timeout(8000) });
  return again.then(
    () => undefined,
    (error) => `${url}: ${firstLineOf(error)}`,
  );
}

const ownPulumi = join(stateDir, "pulumi");

/** The path of the Pulumi CLI: the project's own, else that on the PATH; undefined if there is none. */
export function pulumiPath(): string | undefined {
  const folders = [join(ownPulumi, "bin"), ...(process.env.PATH ?? "").split(delimiter)];
  // An interrupted download leaves an empty folder.
  return folders.map((folder) => join(folder, "pulumi")).find((file) => existsSync(file));
}

/** A Pulumi command that failed. */
export type Failure = Error & { readonly stderr?: string; readonly code?: string | number };

/**
 * Runs the Pulumi CLI directly, because loading Pulumi's SDK would double the time. The input is for
 * secrets: every user of the machine could read an argument.
 */
export async function pulumi(args: readonly string[], input = ""): Promise<string> {
  const run = promisify(execFile)(pulumiPath() ?? "pulumi", [...args, "--non-interactive"], {
    cwd: root,
    env: { ...process.env, ...backendEnvironment(), PULUMI_SKIP_UPDATE_CHECK: "true" },
    maxBuffer: 1 << 26,
  });
  // A command that fails at once does not read its input.
  run.child.stdin?.on("error", () => {}).end(input);
  return (await run).stdout;
}

/**
 * Wraps the Pulumi CLI in a script that runs it in its own session. A terminal and `timeout` signal
 * every process of a session, and Pulumi would take its copy for a second Ctrl-C, which aborts it.
 * Returns the root for `PulumiCommand.get`.
 */
function inOwnSession(command: string): string {
  const folder = join(ensureStateDir(), "session");
  mkdirSync(join(folder, "bin"), { recursive: true });
  const cli = quoted(command);
  const script = `#!/bin/sh
# Signals reach the command, which stops Pulumi once.
case "$1" in up | destroy) echo $$ > "$LATENCY_LAB_ENGINE_FILE" ;; esac
if command -v setsid > /dev/null; then exec setsid ${cli} "$@"; fi
exec perl -MPOSIX=setsid -e 'setsid; exec { $ARGV[0] } @ARGV or exit 127' ${cli} "$@"
`;
  const file = join(folder, "bin", "pulumi");
  if (!existsSync(file) || readFileSync(file, "utf8") !== script)
    writeFileSync(file, script, { mode: 0o700 });
  process.env.LATENCY_LAB_ENGINE_FILE = engineFile();
  process.on("exit", () => rmSync(engineFile(), { force: true }));
  return folder;
}
