// Handles every way to stop a command: Ctrl-C, `kill`, a closed terminal, a dead parent process.
import { constants } from "node:os";
import { say } from "./say.ts";

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The terminal and the parent process both send Ctrl-C; signals this close together count once. */
const sameStopMilliseconds = 300;

let stoppedBy: (typeof stopSignals)[number] | undefined;
let lastAt = 0;
let listener: (() => void) | undefined;

/**
 * Calls the current listener for every signal that ends a command. Without a listener, the
 * command ends at once and removes its temporary files.
 */
export function listenForSignals(): void {
  for (const signal of stopSignals) process.on(signal, () => stop(signal));
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop("SIGHUP");
  }, 1000).unref();
}

function stop(signal: (typeof stopSignals)[number]): void {
  const now = Date.now();
  const again = now - lastAt < sameStopMilliseconds;
  // A dead parent is detected every second, but counts once.
  if (again || (stoppedBy !== undefined && signal === "SIGHUP")) return;
  lastAt = now;
  stoppedBy ??= signal;
  if (listener) listener();
  else process.exit(interruptedExitCode());
}

/** 128 plus the signal's number, as in a shell: 130 after Ctrl-C. */
export function interruptedExitCode(): number {
  return 128 + constants.signals[stoppedBy ?? "SIGINT"];
}

/** Aborted by the first stop. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  listener = () => controller.abort();
  return controller.signal;
}

/**
 * Stops a run of Pulumi: the first stop aborts `signal`, so that Pulumi finishes its current
 * operations; the second calls `kill`.
 */
export function onInterrupt(hint: string, kill: () => void): { signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  listener = () => {
    if (controller.signal.aborted) return kill();
    say(`\nstopping cleanly: Pulumi finishes or reverts its current operations. ${hint}`);
    controller.abort();
  };
  const end = () => {
    listener = undefined;
  };
  return { signal: controller.signal, end };
}

/** Error codes of a closed pipe or terminal. */
const readerIsGone = new Set(["EPIPE", "EIO", "ERR_STREAM_DESTROYED"]);

let continues = false;
let failure: Error | undefined;

/**
 * Prevents a failed write from ending the command with a stack trace. If the output is closed
 * (`| head`, a closed terminal), a read-only command ends, and a command that changes a stack
 * continues without output.
 */
export function surviveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (!readerIsGone.has(error.code ?? "")) failure ??= error;
      else if (!continues) process.exit();
    });
  }
}

/** From now on, the command continues if its output is closed. */
export function finishWithoutReader(): void {
  continues = true;
}

/** The error of a failed write, such as a full disk behind `> file`. */
export async function writeFailure(): Promise<Error | undefined> {
  // Streams report errors in the next turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  return failure;
}

/** Assumes 80×24 for a terminal that does not report its size (`docker exec -t`, a serial line). */
export function assumeWidth(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.isTTY) Object.assign(stream, { columns: stream.columns || 80, rows: stream.rows || 24 });
  }
}
