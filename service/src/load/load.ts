import { randomBytes, randomUUID } from "node:crypto";
import { Hono } from "hono";
import { Counter, Gauge, Histogram } from "prom-client";
import { seededRandom } from "../delay/draws.ts";
import type { Milliseconds } from "../delay/duration.ts";
import { waitUntil } from "../delay/wait.ts";
import { pickWeighted } from "../delay/weighted.ts";
import { listen } from "../listen.ts";
import { type Log, logFields } from "../log/log.ts";
import { loadMetrics } from "../metrics/definitions.ts";
import { Exposition } from "../metrics/exposition.ts";
import { type Env, newRequest } from "../request.ts";
import { watchingRoutes } from "../route-names.ts";
import { metricsRoute } from "../routes/metrics.ts";
import { healthz, readyz } from "../routes/probes.ts";
import { sender } from "./send.ts";
import type { LoadSettings } from "./settings.ts";

/** A running load generator. */
export interface RunningLoad {
  /** Resolves after the configured duration or `stop()`, when no request is in flight. */
  readonly ended: Promise<void>;
  /** Stops sending requests. */
  stop(): void;
}

/** Starts sending requests. The load is open-loop: a slow server gets as many requests as a fast one. */
export async function startLoad(settings: LoadSettings, log: Log): Promise<RunningLoad> {
  const { loadDuration = Number.POSITIVE_INFINITY, loadMaxInFlight, loadPort } = settings;
  const seed = settings.loadSeed ?? randomBytes(8).toString("hex");
  const target = settings.loadTarget.replace(/\/$/, "");
  const metrics = clientMetrics(settings.loadRate);
  const { server, port } = await listen(loadApp(metrics.exposition), { port: loadPort });
  const { send, close } = sender(target);
  log.event("info", "sending", { target, rate: settings.loadRate, seed, port });

  const begin = performance.now();
  const stopping = new AbortController();
  const inFlight = new Set<Promise<void>>();
  let [sent, skipped] = [0, 0];

  /** Sends one request. `due` is a time of `performance.now()`. */
  const sendOne = async (due: number, path: string) => {
    const requestId = randomUUID();
    const about = { [logFields.requestId]: requestId, [logFields.path]: path };
    let status = "none";
    metrics.inFlight.inc();
    try {
      const code = await send(path, requestId);
      status = String(code);
      log.event("debug", "request", { ...about, [logFields.status]: code });
    } catch (error) {
      log.event("warn", "no response", { ...about, error: error instanceof Error ? error.message : error });
    }
    metrics.inFlight.dec();
    metrics.requests.inc({ status });
    const exemplarLabels = { [logFields.requestId]: requestId };
    metrics.duration.observe({ value: (performance.now() - due) / 1000, exemplarLabels });
    sent++;
  };

  const sendAll = async () => {
    for (const { at, path } of schedule(settings, seed)) {
      if (at > loadDuration) return;
      await waitUntil(begin + at, stopping.signal);
      if (inFlight.size >= loadMaxInFlight) {
        skipped++;
        metrics.skipped.inc();
        continue;
      }
      const responded = sendOne(begin + at, path).then(() => {
        inFlight.delete(responded);
      });
      inFlight.add(responded);
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
  return { ended: end(), stop: () => stopping.abort() };
}

/**
 * Generates requests as a Poisson process with a mean of `loadRate` per second, independent of responses.
 * The same seed gives the same requests at the same times. `at` is the time since the start.
 */
export function* schedule(
  { loadRate, loadMix }: Pick<LoadSettings, "loadRate" | "loadMix">,
  seed: string,
): Generator<{ at: Milliseconds; path: string }, never> {
  const pauses = seededRandom(seed, "pauses");
  const paths = seededRandom(seed, "paths");
  for (let at = 0; ; ) {
    at += (-Math.log(1 - pauses()) / loadRate) * 1000;
    yield { at, path: pickWeighted(loadMix, paths()) };
  }
}

function clientMetrics(rate: number) {
  const exposition = new Exposition();
  new Gauge(exposition.options(loadMetrics.rate)).set(rate);
  return {
    exposition,
    requests: new Counter(exposition.options(loadMetrics.requests)),
    duration: new Histogram({
      ...exposition.options(loadMetrics.duration),
      labelNames: [logFields.requestId],
      enableExemplars: true,
    }),
    inFlight: new Gauge(exposition.options(loadMetrics.inFlight)),
    skipped: new Counter(exposition.options(loadMetrics.skipped)),
  };
}

/** The app for probes and scrapes of the load generator. */
function loadApp(exposition: Exposition): Hono<Env> {
  const app = new Hono<Env>();
  app.use((c, next) => {
    c.set("request", newRequest(c));
    return next();
  });
  app.get(watchingRoutes.health, healthz);
  app.get(watchingRoutes.ready, readyz);
  app.get(watchingRoutes.metrics, metricsRoute(exposition));
  return app;
}
