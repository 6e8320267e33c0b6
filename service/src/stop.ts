import { once } from "node:events";
import type { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
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

/** Resolves when no request has come for `shutdownDelay`, after `shutdownTimeout` at the latest. */
async function untilNoRequestsCome(service: Service): Promise<void> {
  const { shutdownDelay, shutdownTimeout } = service.settings;
  const begin = performance.now();
  const quietSince = () => Math.max(begin, service.lastRequest);
  const due = () => Math.min(quietSince() + shutdownDelay, begin + shutdownTimeout);
  for (let left = due() - begin; left > 0; left = due() - performance.now()) await sleep(Math.ceil(left));
}
