import type { Milliseconds } from "./duration.ts";

/**
 * Waits until `performance.now()` reaches `due`, never less: a timer of Node may fire up to a millisecond
 * early, because the event loop counts whole milliseconds, so it waits again.
 *
 * Rejects with an `AbortError` when the signal is aborted. Not `setTimeout` of `node:timers/promises`, which keeps three times as
 * many objects for each request that waits (bench/service/README.md).
 */
export function waitUntil(due: Milliseconds, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const leave = () => {
      clearTimeout(timer);
      reject(new DOMException("the wait was aborted", "AbortError"));
    };
    const look = () => {
      const left = due - performance.now();
      if (left > 0) {
        timer = setTimeout(look, Math.ceil(left));
        return;
      }
      signal.removeEventListener("abort", leave);
      resolve();
    };
    if (signal.aborted) return leave();
    signal.addEventListener("abort", leave, { once: true });
    look();
  });
}
