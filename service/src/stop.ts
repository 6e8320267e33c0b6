import { once } from "node:events";
import type { Server } from "node:http";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import type { Service } from "./service.ts";

/**
 * Ends servers without failing a request: goes on serving, as ready as before, until requests go to a
 * successor, then accepts nothing new and waits for the requests in flight.
 *
 * @returns how many requests were cut off after `drainTimeout`
 */
export async function stop(service: Service, servers: readonly Server[]): Promise<number> {
  const { settings, metrics, log } = service;
  log.event("info", "shutting down", { in_flight: await metrics.requestsInFlight() });
  service.stopping = true;
  await untilNoRequestsCome(service);

  const closed = Promise.all(
    servers.map((server) => {
      const ended = once(server, "close");
      server.close();
      return ended;
    }),
  );
  let cutOff = 0;
  const deadline = setTimeout(async () => {
    cutOff = await metrics.requestsInFlight();
    for (const server of servers) server.closeAllConnections();
  }, settings.drainTimeout);
  await closed;
  clearTimeout(deadline);
  log.event(cutOff === 0 ? "info" : "error", "stopped", { cut_off: cutOff });
  return cutOff;
}

/** Silence is looked for so many times: a process that got no processor for a while must not take that for silence. */
const looks = 10;

/** Resolves when no request has come for `shutdownDelay`, after `shutdownTimeout` at the latest. */
async function untilNoRequestsCome(service: Service): Promise<void> {
  const { shutdownDelay, shutdownTimeout } = service.settings;
  const latest = performance.now() + shutdownTimeout;
  let before = service.requests;
  for (let quiet = 0; quiet < looks && shutdownDelay > 0 && performance.now() < latest; ) {
    await sleep(Math.ceil(shutdownDelay / looks));
    // What came while it slept has been read then, and the next thing that is done is to close.
    await setImmediate();
    quiet = service.requests === before ? quiet + 1 : 0;
    before = service.requests;
  }
}
