import { setTimeout } from "node:timers/promises";
import type { Milliseconds } from "./duration.ts";

/**
 * Waits until `performance.now()` has reached `due`, never less: a timer of Node may fire up to a
 * millisecond early, because the event loop counts in whole milliseconds, so it waits again.
 *
 * Rejects when the signal is aborted.
 */
export async function waitUntil(due: Milliseconds, signal: AbortSignal): Promise<void> {
  for (let left = due - performance.now(); left > 0; left = due - performance.now()) {
    await setTimeout(Math.ceil(left), undefined, { signal });
  }
}
