import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureStateDir } from "./paths.ts";

/** The folder in which `sessionScript` puts the command line, as `PulumiCommand.get({ root })` wants it. */
const folder = () => join(ensureStateDir(), "session");
const engineFile = () => join(folder(), `engine-${process.pid}`);

/**
 * Puts Pulumi's command line behind a script that runs it in a session of its own. A terminal
 * and `timeout` signal every process of a session: Pulumi would take its copy for a second
 * Ctrl-C, which ends it in the middle of things. Returns the root for `PulumiCommand.get`.
 */
export function inOwnSession(command: string): string {
  const bin = join(folder(), "bin");
  mkdirSync(bin, { recursive: true });
  const quoted = `'${command.replaceAll("'", `'\\''`)}'`;
  const script = `#!/bin/sh
# See cli: signals reach the command, which stops Pulumi once.
case "$1" in up | destroy) echo $$ > "$LATENCY_LAB_ENGINE_FILE" ;; esac
if command -v setsid > /dev/null; then exec setsid ${quoted} "$@"; fi
exec perl -MPOSIX=setsid -e 'setsid; exec { $ARGV[0] } @ARGV or exit 127' ${quoted} "$@"
`;
  const file = join(bin, "pulumi");
  if (!existsSync(file) || readFileSync(file, "utf8") !== script)
    writeFileSync(file, script, { mode: 0o700 });
  process.env.LATENCY_LAB_ENGINE_FILE = engineFile();
  process.on("exit", () => rmSync(engineFile(), { force: true }));
  return folder();
}

/** A second SIGINT, with which Pulumi ends at once; what it had begun is pending in its state. */
export function killEngine(): void {
  try {
    process.kill(Number(readFileSync(engineFile(), "utf8")), "SIGINT");
  } catch {
    // It has ended already.
  }
}

/** How long Pulumi may take to end what it has begun, when a run is given up: what is hopeless never ends. */
export const secondsToStop = 10;
