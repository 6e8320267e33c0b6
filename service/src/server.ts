import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import type { Hono } from "hono";
import { mainApp, metricsApp } from "./app.ts";
import { describeDelays } from "./delay/distribution.ts";
import { seededDraws } from "./delay/draws.ts";
import { listen, openConnections } from "./listen.ts";
import type { Log } from "./log/log.ts";
import { type Sources, serverMetrics } from "./metrics/metrics.ts";
import type { Env } from "./request.ts";
import type { Service } from "./service.ts";
import type { ServerSettings } from "./settings.ts";

/** A listening server. */
export interface RunningServer {
  readonly port: number;
  /** The port of `/metrics`, which is `port` unless `metricsPort` is set. */
  readonly metricsPort: number;
  /** Drains requests and closes the server. Resolves to the number of requests cut off. */
  stop(): Promise<number>;
}

/** Starts the delayed server. Resolves when it accepts requests; rejects if it cannot listen. */
export async function startServer(
  settings: ServerSettings,
  log: Log,
  sources: Omit<Sources, "openConnections">,
): Promise<RunningServer> {
  const seed = settings.seed ?? randomBytes(8).toString("hex");
  const servers: Server[] = [];
  const metrics = serverMetrics(settings, { ...sources, openConnections: () => openConnections(servers) });
  const draws = seededDraws(settings, seed);
  const service: Service = { settings, draws, metrics, log, stopping: false, requests: 0 };

  const open = async (app: Hono<Env>, port: number) => {
    const listening = await listen(app, {
      // The limits have the names of Node's options.
      ...settings,
      port,
      headersTimeout: settings.requestTimeout,
      connectionsCheckingInterval: Math.min(settings.requestTimeout, 5000),
      onRefused: () => metrics.refusedConnections.inc(),
      onMalformed: () => metrics.malformedRequests.inc(),
    });
    servers.push(listening.server);
    return listening.port;
  };
  const port = await open(mainApp(service), settings.port);
  const metricsPort =
    settings.metricsPort === undefined ? port : await open(metricsApp(service), settings.metricsPort);
  const about = { delays: describeDelays(settings.delay), seed, version: sources.build.version };
  log.event("info", "listening", { port, metrics_port: metricsPort, ...about });
  return { port, metricsPort, stop: () => stop(service, servers) };
}

/**
 * Stops servers without failing a request. They keep serving and stay ready until requests go to another
 * pod; then they stop accepting connections and drain the requests in flight.
 *
 * @returns the number of requests cut off after `drainTimeout`
 */
async function stop(service: Service, servers: readonly Server[]): Promise<number> {
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
