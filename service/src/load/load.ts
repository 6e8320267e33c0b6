import { randomBytes, randomUUID } from "node:crypto";
import { Hono } from "hono";
import { waitUntil } from "../delay/wait.ts";
import type { Env } from "../env.ts";
import { listen } from "../listen.ts";
import { logFields } from "../log/line.ts";
import type { Log } from "../log/log.ts";
import type { Exposition } from "../metrics/exposition.ts";
import { identify } from "../middleware/identify.ts";
import { metricsRoute } from "../routes/metrics.ts";
import { healthz, readyz } from "../routes/probes.ts";
import { watchingRoutes } from "../routes.ts";
import { LoadMeters } from "./meters.ts";
import { schedule } from "./schedule.ts";
import { sender } from "./send.ts";
import type { LoadSettings } from "./settings.ts";

/** A running load generator. */
export interface RunningLoad {
  readonly port: number;
  /** Resolves after the configured duration or `stop()`, when no request is in flight. */
  readonly ended: Promise<void>;
  /** Stops sending requests. */
  stop(): void;
}

/** Starts sending requests. The load is open-loop: a slow server gets as many requests as a fast one. */
export async function startLoad(settings: LoadSettings, log: Log): Promise<RunningLoad> {
  const { target, rate, mix, duration = Number.POSITIVE_INFINITY, maxInFlight } = settings;
  const seed = settings.seed ?? randomBytes(8).toString("hex");
  const meters = new LoadMeters(rate);
  const { server, port } = await listen(loadApp(meters.exposition), { port: settings.port });
  const { send, close } = sender(target);
  log.event("info", "sending", { target, rate, seed, port });

  const begin = performance.now();
  const stopping = new AbortController();
  const inFlight = new Set<Promise<void>>();
  let [sent, skipped] = [0, 0];

  /** Sends one request. `due` is a time of `performance.now()`. */
  const sendOne = async (due: number, path: string) => {
    const requestId = randomUUID();
    const about = { [logFields.requestId]: requestId, [logFields.path]: path };
    let status = "none";
    meters.inFlight.inc();
    try {
      const code = await send(path, requestId);
      status = String(code);
      log.event("debug", "request", { ...about, [logFields.status]: code });
    } catch (error) {
      log.event("warn", "no response", { ...about, error: error instanceof Error ? error.message : error });
    }
    meters.inFlight.dec();
    meters.ended(status, (performance.now() - due) / 1000, requestId);
    sent++;
  };

  const sendAll = async () => {
    for (const { at, path } of schedule(rate, mix, seed)) {
      if (at > duration) return;
      await waitUntil(begin + at, stopping.signal);
      stopping.signal.throwIfAborted();
      if (inFlight.size >= maxInFlight) {
        skipped++;
        meters.skipped.inc();
        continue;
      }
      const answered = sendOne(begin + at, path).then(() => {
        inFlight.delete(answered);
      });
      inFlight.add(answered);
    }
  };

  const end = async () => {
    await sendAll().catch((error) => {
      if (!stopping.signal.aborted) throw error;
    });
    await Promise.all(inFlight);
    log.event("info", "stopped", { requests: sent, skipped });
    close();
    server.closeAllConnections();
    server.close();
  };
  return { port, ended: end(), stop: () => stopping.abort() };
}

/** The app for probes and scrapes of the load generator. */
function loadApp(exposition: Exposition): Hono<Env> {
  const app = new Hono<Env>();
  app.use(identify);
  app.get(watchingRoutes.health, healthz);
  app.get(watchingRoutes.ready, readyz);
  app.get(watchingRoutes.metrics, metricsRoute(exposition));
  return app;
}
