import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../../stack/errors.ts";
import { root } from "./paths.ts";

/** A state that was put back, and when it was saved. */
export interface Restored {
  readonly file: string;
  readonly saved: Date;
}

/**
 * Looks whether a file backend's state of a stack is whole. One that was cut off –
 * the disk was full, the power went – is replaced by the newest copy that Pulumi
 * kept of it; what was done since then, the next run finds and takes over.
 * Undefined when there was nothing to put back.
 */
export function restoreCheckpoint(backendUrl: string, project: string, stack: string): Restored | undefined {
  if (!backendUrl.startsWith("file://")) return undefined;
  const folder = join(fileURLToPath(backendUrl), ".pulumi");
  const file = join(folder, "stacks", project, `${stack}.json`);
  if (!existsSync(file) || isWhole(file)) return undefined;
  // Beside it the state before the last step; in the folder the states after each run.
  const copies = [`${file}.bak`, ...newestFirst(join(folder, "backups", project, stack))];
  const copy = copies.find(isWhole);
  if (copy === undefined) throw noCopy(file, stack);
  const saved = statSync(copy).mtime;
  copyFileSync(copy, file);
  return { file: copy, saved };
}

/** Removes the copies of a stack's state that Pulumi keeps when it removes the stack: they hold its secrets. */
export function removeCheckpoints(backendUrl: string, project: string, stack: string): void {
  if (!backendUrl.startsWith("file://")) return;
  const folder = join(fileURLToPath(backendUrl), ".pulumi");
  for (const kept of ["backups", "history"]) {
    rmSync(join(folder, kept, project, stack), { recursive: true, force: true });
  }
  const file = join(folder, "stacks", project, `${stack}.json`);
  for (const copy of [`${file}.bak`, `${file}.bak.attrs`]) rmSync(copy, { force: true });
}

function isWhole(file: string): boolean {
  try {
    return "checkpoint" in JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return false;
  }
}

/** Their names end in the time at which they were saved, in nanoseconds. */
function newestFirst(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .toSorted()
    .toReversed()
    .map((name) => join(folder, name));
}

function noCopy(file: string, stack: string): UserError {
  const shown = relative(root, file);
  return new UserError({
    what: `the state of the stack ${stack} can't be read`,
    why: `${shown} was cut off while it was written, and there is no copy of it`,
    fix: `rm ${shown} && npm run up -- --stack ${stack}   (in a cluster of your own, its namespaces must be deleted first)`,
  });
}
