import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type Problem, quoted, UserError } from "../../stack/errors.ts";
import { isAlive, startOf } from "./alive.ts";
import { ensureStateDir, stateDir } from "./paths.ts";

/** Who works on a stack, as its note says. */
interface Run {
  readonly pid: number;
  /** Tells it from a later process of the same pid. */
  readonly started?: string | undefined;
  readonly host: string;
  readonly command: string;
  readonly since: string;
}

const beatSeconds = 5;

/**
 * Makes this process the one that works on a stack, until it ends. Throws if another one does:
 * who it is and since when, before anything is touched.
 */
export function claimStack(stack: string, command: string): void {
  ensureStateDir();
  const file = fileOf(stack);
  const { pid } = process;
  const run: Run = { pid, started: startOf(pid), host: hostname(), command, since: new Date().toISOString() };
  while (!created(file, run)) {
    const other = otherRun(stack);
    if (other) throw new UserError(other, "readiness");
    removeStale(file);
  }
  // A process on another machine, or in another container, can't be seen: its note stays young.
  const beat = setInterval(() => utimesSync(file, new Date(), new Date()), beatSeconds * 1000);
  beat.unref();
  process.on("exit", () => rmSync(file, { force: true }));
}

/** The run that works on a stack now; undefined if there is none. */
export function otherRun(stack: string): Problem | undefined {
  const file = fileOf(stack);
  const run = readRun(file);
  return run && works(run, file) ? taken(run, stack, file) : undefined;
}

function fileOf(stack: string): string {
  return join(stateDir, `lock-${stack.split("/").at(-1)}`);
}

function created(file: string, run: Run): boolean {
  try {
    writeFileSync(file, JSON.stringify(run), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function readRun(file: string): Run | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Run;
  } catch {
    return undefined; // Gone, or cut off while it was written.
  }
}

function works({ pid, host, started }: Run, file: string): boolean {
  if (host !== hostname()) return ageOf(file) < 6 * beatSeconds;
  return isAlive(pid) && (started === undefined || started === startOf(pid));
}

function ageOf(file: string): number {
  const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return (Date.now() - changed) / 1000;
}

/** Takes the note of a process that is gone away, and no other that was put there meanwhile. */
function removeStale(file: string): void {
  if (readRun(file) === undefined && ageOf(file) < 1) return; // It is being written.
  const away = `${file}-${process.pid}`;
  try {
    renameSync(file, away);
  } catch {
    return; // Another process was faster.
  }
  const taken = readRun(away);
  if (taken && works(taken, away)) renameSync(away, file);
  else rmSync(away, { force: true });
}

function taken({ pid, host, command, since }: Run, stack: string, file: string): Problem {
  const here = host === hostname();
  const at = `${new Date(since).toLocaleTimeString()} (${agoOf(since)})`;
  return {
    what: `another run works on the stack ${stack}: ${command}`,
    why: `process ${pid}${here ? "" : ` on ${host}`}, since ${at}; nothing was changed`,
    fix: here
      ? `wait for it, or stop it cleanly: kill -INT ${pid}`
      : `wait for it; if it is gone: rm ${quoted(file)}`,
  };
}

function agoOf(since: string): string {
  const seconds = Math.round((Date.now() - Date.parse(since)) / 1000);
  return seconds < 120 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`;
}
