import { Agent, get } from "node:http";

/** What became of requests sent. */
interface Sent {
  sent: number;
  answered: number;
  failed: number;
}

/**
 * Sends requests at a constant rate, whether or not answers come, until the
 * signal. As many are sent as time has passed, however late the timer is.
 */
export function sendSteadily(url: string, perSecond: number, signal: AbortSignal): Sent {
  const agent = new Agent({ keepAlive: true });
  const count: Sent = { sent: 0, answered: 0, failed: 0 };
  const began = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * perSecond);
    for (; count.sent < due; count.sent++) {
      get(url, { agent }, (response) => {
        response.resume();
        response.on("end", () => count.answered++);
      }).on("error", () => count.failed++);
    }
  }, 10);
  signal.addEventListener(
    "abort",
    () => {
      clearInterval(timer);
      // Requests in flight are answered; the agent is not needed for new ones.
      setTimeout(() => agent.destroy(), 10_000).unref();
    },
    { once: true },
  );
  return count;
}
