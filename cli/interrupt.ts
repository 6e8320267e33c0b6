import { say } from "./terminal/say.ts";

/**
 * Turns Ctrl-C into a clean stop. In a terminal every process of the command
 * gets the signal, Pulumi too, so it is passed on only when it came from
 * somewhere else, or when the user asks a second time.
 */
export function onInterrupt(hint: string): { signal: AbortSignal; interrupted(): boolean; stop(): void } {
  const controller = new AbortController();
  let count = 0;
  const listener = () => {
    count += 1;
    if (count === 1) say(`\nstopping cleanly: what has begun is finished or taken back. ${hint}`);
    if (count > 1 || !process.stdin.isTTY) controller.abort();
  };
  process.on("SIGINT", listener);
  process.on("SIGTERM", listener);
  return {
    signal: controller.signal,
    interrupted: () => count > 0,
    stop: () => {
      process.off("SIGINT", listener);
      process.off("SIGTERM", listener);
    },
  };
}
