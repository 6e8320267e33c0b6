import { mainApp, metricsApp } from "./app.ts";
import { Alarm } from "./delay/alarm.ts";
import { describeDelays } from "./delay/describe.ts";
import { Draws } from "./delay/draws.ts";
import { type HttpServer, listen, openConnections } from "./life/listen.ts";
import { stop } from "./life/stop.ts";
import { requestListener } from "./listener.ts";
import type { Log } from "./log/log.ts";
import { Meters } from "./metrics/meters.ts";
import { registriesOf } from "./metrics/registry.ts";
import { newHexId } from "./request/id.ts";
import type { Service } from "./service.ts";
import type { ServerSettings } from "./settings.ts";

/** A server that listens. */
export interface RunningServer {
  readonly port: number;
  /** The port of `/metrics`; the same one unless it has its own. */
  readonly metricsPort: number;
  /** Drains and closes it; resolves with how many requests were cut off. */
  stop(): Promise<number>;
}

/** What a server does not decide by itself. */
export interface Surroundings {
  log: Log;
  /** How many lines its log has given up so far. */
  droppedLogLines: () => number;
  build: { version: string; revision: string };
}

/** Starts the delayed server; it is ready when the promise resolves. */
export async function startServer(
  settings: ServerSettings,
  { log, droppedLogLines, build }: Surroundings,
): Promise<RunningServer> {
  const seed = settings.seed ?? newHexId(8);
  const meters = new Meters(settings.delay, { naiveBuckets: settings.naiveBuckets, build });
  const servers: HttpServer[] = [];
  const service: Service = {
    settings,
    draws: new Draws(settings, seed),
    alarm: new Alarm(),
    meters,
    registries: registriesOf(meters.all),
    log,
    phase: "ready",
    refresh: async () => {
      meters.droppedLogLines.value = droppedLogLines();
      meters.openConnections.value = await openConnections(servers);
    },
  };

  const open = async (port: number, app: ReturnType<typeof mainApp>) => {
    const listening = await listen(service, port, requestListener(service, app));
    servers.push(listening.server);
    return listening.port;
  };
  const port = await open(settings.port, mainApp(service));
  const metricsPort =
    settings.metricsPort === undefined ? port : await open(settings.metricsPort, metricsApp(service));
  const delays = describeDelays(settings.delay);
  log.event("info", "listening", { port, metrics_port: metricsPort, delays, seed, version: build.version });
  return { port, metricsPort, stop: () => stop(service, servers) };
}
