import { randomUUID } from "node:crypto";
import { sender } from "../../service/src/load/send.ts";

/**
 * Sends requests at a constant rate, whether or not responses come, until the
 * signal. As many are sent as time has passed, however late the timer is.
 */
export function sendSteadily(
  serverUrl: string,
  path: string,
  perSecond: number,
  signal: AbortSignal,
): { readonly sent: number } {
  const { send, close } = sender(serverUrl);
  const count = { sent: 0 };
  const began = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * perSecond);
    // A request that fails is what an incident is about.
    for (; count.sent < due; count.sent++) void send(path, randomUUID()).catch(() => {});
  }, 10);
  signal.addEventListener(
    "abort",
    () => {
      clearInterval(timer);
      // Requests in flight still get their response.
      setTimeout(close, 10_000).unref();
    },
    { once: true },
  );
  return count;
}
