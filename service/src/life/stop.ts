import { once } from "node:events";
import type { Service } from "../service.ts";
import type { HttpServer } from "./listen.ts";

/**
 * Ends servers without failing a request: says that it is not ready, goes on
 * serving for `shutdownDelay` while whoever sends requests finds out, accepts nothing
 * new, and waits for the requests in flight.
 *
 * @returns how many requests were cut off after `drainTimeout`
 */
export async function stop(service: Service, servers: readonly HttpServer[]): Promise<number> {
  const { settings, meters, log } = service;
  service.phase = "ending";
  log.event("info", "shutting down", { in_flight: meters.inFlight.value });
  await new Promise((resolve) => setTimeout(resolve, settings.shutdownDelay));

  const closed = Promise.all(
    servers.map((server) => {
      const ended = once(server, "close");
      server.close();
      return ended;
    }),
  );
  let cutOff = 0;
  const deadline = setTimeout(() => {
    cutOff = meters.inFlight.value;
    for (const server of servers) server.closeAllConnections();
  }, settings.drainTimeout);
  await closed;
  clearTimeout(deadline);
  log.event(cutOff === 0 ? "info" : "error", "stopped", { cut_off: cutOff });
  return cutOff;
}
