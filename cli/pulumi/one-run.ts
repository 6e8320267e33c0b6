import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type Problem, quoted, UserError } from "../../stack/errors.ts";
import { isAlive, startOf } from "./alive.ts";
import { ensureStateDir, stateDir } from "./paths.ts";

/** The content of a stack's lock file. */
interface Run {
  readonly pid: number;
  /** Distinguishes the process from a later one with the same pid. */
  readonly started?: string | undefined;
  readonly host: string;
  readonly command: string;
  readonly since: string;
}

const beatSeconds = 5;

/**
 * Locks a stack for this process until it ends. Throws if another process holds the lock, before
 * anything is changed.
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
  // Processes on other machines or in other containers are recognised by the age of their lock file.
  const beat = setInterval(() => utimesSync(file, new Date(), new Date()), beatSeconds * 1000);
  beat.unref();
  process.on("exit", () => rmSync(file, { force: true }));
}

/** The problem of another run that holds the lock; undefined if there is none. */
export function otherRun(stack: string): Problem | undefined {
  const file = fileOf(stack);
  const run = readRun(file);
  return run && isRunning(run, file) ? lockedProblem(run, stack, file) : undefined;
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
    return undefined; // Deleted, or incomplete.
  }
}

function isRunning({ pid, host, started }: Run, file: string): boolean {
  if (host !== hostname()) return ageOf(file) < 6 * beatSeconds;
  return isAlive(pid) && (started === undefined || started === startOf(pid));
}

function ageOf(file: string): number {
  const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return (Date.now() - changed) / 1000;
}

/** Removes the lock file of a dead process, but not one that was written in the meantime. */
function removeStale(file: string): void {
  if (readRun(file) === undefined && ageOf(file) < 1) return; // The file is being written.
  const moved = `${file}-${process.pid}`;
  try {
    renameSync(file, moved);
  } catch {
    return; // Another process was faster.
  }
  const run = readRun(moved);
  if (run && isRunning(run, moved)) renameSync(moved, file);
  else rmSync(moved, { force: true });
}

function lockedProblem({ pid, host, command, since }: Run, stack: string, file: string): Problem {
  const here = host === hostname();
  const at = `${new Date(since).toLocaleTimeString()} (${agoOf(since)})`;
  return {
    what: `another run works on the stack ${stack}: ${command}`,
    why: `process ${pid}${here ? "" : ` on ${host}`}, since ${at}; nothing was changed`,
    fix: here
      ? `wait for it, or stop it cleanly: kill -INT ${pid}`
      : `wait for it; if it no longer runs: rm ${quoted(file)}`,
  };
}

function agoOf(since: string): string {
  const seconds = Math.round((Date.now() - Date.parse(since)) / 1000);
  return seconds < 120 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`;
}
