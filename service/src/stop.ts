import { once } from "node:events";
import type { Server } from "node:http";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import type { Service } from "./service.ts";

/**
 * Stops servers without failing a request. They keep serving and stay ready until requests go to another
 * pod; then they stop accepting connections and drain the requests in flight.
 *
 * @returns the number of requests cut off after `drainTimeout`
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

/** Checks per `shutdownDelay`. Several, because a process that was starved of CPU must not mistake that for silence. */
const looks = 10;

/** Resolves when no request has arrived for `shutdownDelay`, or after `shutdownTimeout`. */
async function untilNoRequestsCome(service: Service): Promise<void> {
  const { shutdownDelay, shutdownTimeout } = service.settings;
  const latest = performance.now() + shutdownTimeout;
  let before = service.requests;
  for (let quiet = 0; quiet < looks && shutdownDelay > 0 && performance.now() < latest; ) {
    await sleep(Math.ceil(shutdownDelay / looks));
    // Lets Node read the requests that arrived during the sleep before the server closes.
    await setImmediate();
    quiet = service.requests === before ? quiet + 1 : 0;
    before = service.requests;
  }
}
