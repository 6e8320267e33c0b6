import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { quoted } from "../../stack/errors.ts";
import type { Backend } from "./backend.ts";
import { stateDir } from "./paths.ts";

const file = join(stateDir, "env");

/** Writes a file to source in a shell, so that plain `pulumi` works on the stack. */
export function writeEnvironmentFile({ env }: Backend, pulumi: string | undefined): void {
  const lines = Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}`);
  // Set if Node was installed because the user's own can't run the program.
  const node = process.execPath.startsWith(stateDir) ? dirname(process.execPath) : undefined;
  const folders = [node, pulumi].filter((folder) => folder !== undefined);
  if (folders.length > 0) lines.push(`export PATH=${quoted(folders.join(":"))}:"$PATH"`);
  writeFileSync(file, lines.map((line) => `${line}\n`).join(""), { mode: 0o600 });
}

/** The file to source, relative to the project's folder; undefined if there is none. */
export function environmentFile(): string | undefined {
  return existsSync(file) ? ".latency-lab/env" : undefined;
}
