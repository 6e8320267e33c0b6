import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { quoted } from "../../stack/errors.ts";
import { ensureStateDir } from "./paths.ts";

/** The root folder for `PulumiCommand.get({ root })`. */
const folder = () => join(ensureStateDir(), "session");
const engineFile = () => join(folder(), `engine-${process.pid}`);

/**
 * Wraps the Pulumi CLI in a script that runs it in its own session. A terminal and `timeout` signal
 * every process of a session, and Pulumi would take its copy for a second Ctrl-C, which aborts it.
 * Returns the root for `PulumiCommand.get`.
 */
export function inOwnSession(command: string): string {
  const bin = join(folder(), "bin");
  mkdirSync(bin, { recursive: true });
  const cli = quoted(command);
  const script = `#!/bin/sh
# Signals reach the command, which stops Pulumi once.
case "$1" in up | destroy) echo $$ > "$LATENCY_LAB_ENGINE_FILE" ;; esac
if command -v setsid > /dev/null; then exec setsid ${cli} "$@"; fi
exec perl -MPOSIX=setsid -e 'setsid; exec { $ARGV[0] } @ARGV or exit 127' ${cli} "$@"
`;
  const file = join(bin, "pulumi");
  if (!existsSync(file) || readFileSync(file, "utf8") !== script)
    writeFileSync(file, script, { mode: 0o700 });
  process.env.LATENCY_LAB_ENGINE_FILE = engineFile();
  process.on("exit", () => rmSync(engineFile(), { force: true }));
  return folder();
}

/** Sends a second SIGINT, so that Pulumi ends at once; its operations stay pending in the state. */
export function killEngine(): void {
  try {
    process.kill(Number(readFileSync(engineFile(), "utf8")), "SIGINT");
  } catch {
    // It has already ended.
  }
}
