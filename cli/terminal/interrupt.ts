// Every way to stop a command: Ctrl-C, `kill`, a closed terminal, a parent that is gone.
import { constants } from "node:os";
import { say } from "./say.ts";

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The terminal and the parent both send a Ctrl-C: copies this close together count once. */
const sameStopMilliseconds = 300;

let stoppedBy: (typeof stopSignals)[number] | undefined;
let lastAt = 0;
let listener: (() => void) | undefined;

/**
 * Turns every signal that ends a command into a call of the current `onStop` listener.
 * Without one the command ends at once, and its temporary files go with it.
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
  // A parent that is gone is noticed every second: once is enough.
  if (again || (stoppedBy !== undefined && signal === "SIGHUP")) return;
  lastAt = now;
  stoppedBy ??= signal;
  if (listener) listener();
  else process.exit(interruptedExitCode());
}

/** 128 and the number of the signal, as a shell has it: 130 after Ctrl-C. */
export function interruptedExitCode(): number {
  return 128 + constants.signals[stoppedBy ?? "SIGINT"];
}

/** Calls `stopped` for every stop until the returned function is called. */
export function onStop(stopped: () => void): () => void {
  listener = stopped;
  return () => {
    listener = undefined;
  };
}

/**
 * Stops a run of Pulumi cleanly: the first stop aborts `signal`, which asks Pulumi to finish
 * what it has begun; the second calls `kill`.
 */
export function onInterrupt(
  hint: string,
  kill: () => void,
): { signal: AbortSignal; interrupted(): boolean; stop(): void } {
  const controller = new AbortController();
  const stop = onStop(() => {
    if (controller.signal.aborted) return kill();
    say(`\nstopping cleanly: what has begun is finished or taken back. ${hint}`);
    controller.abort();
  });
  return { signal: controller.signal, interrupted: () => controller.signal.aborted, stop };
}
