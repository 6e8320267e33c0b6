import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
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
import { stop } from "./stop.ts";

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
