import { type Handler, Hono } from "hono";
import { type Answer, answer, asResponse } from "./endpoints/answer.ts";
import { askedEndpoint } from "./endpoints/asked.ts";
import { distributionEndpoint } from "./endpoints/distribution.ts";
import { drawnEndpoint } from "./endpoints/drawn.ts";
import type { Serve } from "./endpoints/endpoint.ts";
import { metricsEndpoint } from "./endpoints/metrics.ts";
import { healthEndpoint, readyEndpoint } from "./endpoints/probes.ts";
import { statusEndpoint } from "./endpoints/status.ts";
import { logFields } from "./log/line.ts";
import type { Exchange } from "./request/exchange.ts";
import { measuredRoutes, watchingRoutes } from "./routes.ts";
import type { Service } from "./service.ts";

/** Hono's environment: a handler's `c.env` is the exchange it serves. */
export interface Environment {
  Bindings: Exchange;
}

/** What serves the requests of a port. */
export interface App {
  /** What serves the requests that come by the thousand, without routing them; undefined for all others. */
  direct: (path: string) => Direct | undefined;
  routed: Hono<Environment>;
}

/** An endpoint and the part of the path that it is to know. */
export interface Direct {
  serve: Serve;
  parameter: string;
}

/** The main port; the metrics are on it too unless they have a port of their own. */
export function mainApp(service: Service): App {
  const routed = probesApp(service);
  const drawn = drawnEndpoint(service);
  const asked = askedEndpoint(service);
  routed.all(measuredRoutes.drawn, handler(drawn));
  routed.all(measuredRoutes.asked, handler(asked, "duration"));
  routed.all(measuredRoutes.status, handler(statusEndpoint(service), "code"));
  routed.all(watchingRoutes.distribution, handler(distributionEndpoint(service)));
  if (service.settings.metricsPort === undefined) {
    routed.all(watchingRoutes.metrics, handler(metricsEndpoint(service)));
  }
  return { direct: directly({ drawn, asked }), routed };
}

/** A port that only serves metrics. */
export function metricsApp(service: Service): App {
  const routed = probesApp(service);
  routed.all(watchingRoutes.metrics, handler(metricsEndpoint(service)));
  return { direct: () => undefined, routed };
}

/** Only paths that can't mean anything else, however they are decoded. */
function directly({ drawn, asked }: { drawn: Serve; asked: Serve }): App["direct"] {
  const root: Direct = { serve: drawn, parameter: "" };
  const prefix = "/delay/";
  return (path) => {
    if (path === "/") return root;
    if (!path.startsWith(prefix)) return undefined;
    const parameter = path.slice(prefix.length);
    return /^\d[\w.]*$/.test(parameter) ? { serve: asked, parameter } : undefined;
  };
}

function probesApp(service: Service): Hono<Environment> {
  const app = new Hono<Environment>();
  app.all(watchingRoutes.health, handler(healthEndpoint(service)));
  app.all(watchingRoutes.ready, handler(readyEndpoint(service)));
  app.notFound(({ env }) => asResponse(notFound(service, env)));
  app.onError((error, { env }) => asResponse(failed(service, env, error)));
  return app;
}

function notFound(service: Service, exchange: Exchange): Answer {
  return answer(service, exchange, {
    status: 404,
    text: "There is nothing here. Try /, /delay/250ms, /status/503 or /metrics.",
  });
}

/** What is answered when serving failed for a reason nobody configured. */
export function failed(service: Service, exchange: Exchange, error: unknown): Answer {
  service.log.event("error", "a request failed unexpectedly", {
    [logFields.requestId]: exchange.requestId,
    error: error instanceof Error ? error.stack : String(error),
  });
  return answer(service, exchange, { status: 500, text: "This failed, and not on purpose." });
}

function handler(serve: Serve, parameter?: string): Handler<Environment> {
  return ({ env, req }) => {
    const result = serve(env, parameter === undefined ? "" : (req.param(parameter) ?? ""));
    return result instanceof Promise ? result.then(asResponse) : asResponse(result);
  };
}
