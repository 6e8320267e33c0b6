// Who works on a stack: the commands' own lock, and Pulumi's locks in a file backend.
import { existsSync, globSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type Problem, quoted, UserError } from "../../stack/errors.ts";
import { ensureStateDir, shortName, stateDir, stateFiles } from "./paths.ts";

/** The process that holds a lock. */
interface Holder {
  readonly pid: number;
  readonly hostname: string;
  /** Distinguishes the process from a later one with the same pid. */
  readonly started?: string | undefined;
}

interface PulumiLock extends Holder {
  readonly username?: string;
  readonly timestamp?: string;
}

interface Run extends Holder {
  readonly command: string;
  readonly since: string;
}

/**
 * Removes locks of a file backend whose process on this machine was killed; nothing else would
 * remove them. Returns their number.
 */
export function removeStaleLocks(backend: string | undefined, stack: string): number {
  const stale = locksIn(backend, stack).filter((file) => !isRunning(read(file)));
  for (const file of stale) rmSync(file, { force: true });
  return stale.length;
}

/** Pulumi's lock of a running process, if there is one. */
export function heldLock(backend: string | undefined, stack: string): PulumiLock | undefined {
  return locksIn(backend, stack)
    .map((file) => read<PulumiLock>(file))
    .find(isRunning);
}

function locksIn(backend: string | undefined, stack: string): string[] {
  if (backend === undefined) return [];
  const cwd = stateFiles(backend, stack).locks;
  return globSync("*.json", { cwd }).map((name) => join(cwd, name));
}

/**
 * Locks a stack for this process until it ends. Throws if another process holds the lock, before
 * anything is changed.
 */
export function claimStack(stack: string, command: string): void {
  ensureStateDir();
  const file = fileOf("lock", stack);
  const { pid } = process;
  const run: Run = {
    pid,
    started: startOf(pid),
    hostname: hostname(),
    command,
    since: new Date().toISOString(),
  };
  while (!created(file, run)) {
    const other = otherRun(stack);
    if (other) throw new UserError(other, "readiness");
    removeStale(file);
  }
  process.on("exit", () => rmSync(file, { force: true }));
}

/** The problem of another run that holds the lock; undefined if there is none. */
export function otherRun(stack: string): Problem | undefined {
  const file = fileOf("lock", stack);
  const run = read<Run>(file);
  if (!isRunning(run)) return undefined;
  const { pid, hostname: host, command, since } = run;
  const here = host === hostname();
  const seconds = Math.round((Date.now() - Date.parse(since)) / 1000);
  const ago = seconds < 120 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`;
  const at = `${new Date(since).toLocaleTimeString()} (${ago})`;
  return {
    what: `another run works on the stack ${stack}: ${command}`,
    why: `process ${pid}${here ? "" : ` on ${host}`}, since ${at}; nothing was changed`,
    fix: here
      ? `wait for it, or stop it cleanly: kill -INT ${pid}`
      : `wait for it; if it no longer runs: rm ${quoted(file)}`,
  };
}

/** Whether the previous run that changed the stack was killed or failed. */
export function wasKilled(stack: string): boolean {
  return existsSync(fileOf("running", stack));
}

/** Marks that a run changes the stack, until it ends successfully. */
export function noteRun(stack: string): { ended(): void } {
  ensureStateDir();
  const file = fileOf("running", stack);
  writeFileSync(file, `${process.pid}\n`);
  return { ended: () => rmSync(file, { force: true }) };
}

function fileOf(kind: "lock" | "running", stack: string): string {
  return join(stateDir, `${kind}-${shortName(stack)}`);
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

function read<T extends Holder>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch {
    return undefined; // Deleted, or incomplete.
  }
}

/** Processes on other machines or in other containers can't be seen, and count as running. */
function isRunning<T extends Holder>(holder: T | undefined): holder is T {
  if (holder === undefined || holder.hostname !== hostname()) return holder !== undefined;
  const { pid, started } = holder;
  return isAlive(pid) && (started === undefined || started === startOf(pid));
}

/** Removes the lock file of a dead process, but not one that was written in the meantime. */
function removeStale(file: string): void {
  const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (read(file) === undefined && Date.now() - changed < 1000) return; // It is being written.
  const moved = `${file}-${process.pid}`;
  try {
    renameSync(file, moved);
  } catch {
    return; // Another process was faster.
  }
  if (isRunning(read(moved))) renameSync(moved, file);
  else rmSync(moved, { force: true });
}

/** Whether a process of any user is running on this machine. */
export function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  // A zombie: killed, but not yet reaped by its parent, which in a container may never happen.
  return !["Z", "X"].includes(statOf(pid)?.[0] ?? "");
}

/** Start time of a process in clock ticks since boot, because pids are reused. Undefined without /proc. */
function startOf(pid: number): string | undefined {
  return statOf(pid)?.[19];
}

/** The fields of /proc/PID/stat, from the process' state on. */
function statOf(pid: number): string[] | undefined {
  try {
    // `PID (name) STATE …`, and the name can contain any character.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
