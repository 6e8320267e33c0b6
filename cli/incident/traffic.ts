import { randomUUID } from "node:crypto";
import { sender } from "../../service/src/load/send.ts";

/**
 * Sends requests at a constant rate until the signal, regardless of responses. Catches up if the
 * timer is late.
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
    // Failed requests are part of the incident.
    for (; count.sent < due; count.sent++) void send(path, randomUUID()).catch(() => {});
  }, 10);
  signal.addEventListener(
    "abort",
    () => {
      clearInterval(timer);
      // Let requests in flight finish.
      setTimeout(close, 10_000).unref();
    },
    { once: true },
  );
  return count;
}
