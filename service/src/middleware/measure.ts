import type { Context, MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { Milliseconds } from "../delay/duration.ts";
import type { EndedRequest } from "../ended-request.ts";
import type { Env } from "../env.ts";
import type { Level } from "../log/line.ts";
import { isWatching, type Route } from "../routes.ts";
import type { Service } from "../service.ts";
import { clientAddress, requestTarget } from "./node.ts";

/** Measures, counts and logs every request, however it ends: also one that failed or whose client left. */
export function measure(service: Service): MiddlewareHandler<Env> {
  const { metrics, log } = service;
  return async (c, next) => {
    const arrived = performance.now();
    // The last but one that matches the path: after it comes only what answers where there is none.
    const route = routePath(c, -2) as Route;
    if (!isWatching(route)) service.requests++;
    metrics.inFlight.inc();
    try {
      await next();
      // The client's next request goes to a server that stays.
      if (service.stopping) c.header("Connection", "close");
    } finally {
      metrics.inFlight.dec();
      const ended = endedRequest(c, c.get("route") ?? route, arrived);
      metrics.observe(ended);
      log.request(levelOf(ended), ended);
    }
  };
}

function endedRequest(c: Context<Env>, route: Route, arrived: Milliseconds): EndedRequest {
  const now = performance.now();
  const total = now - arrived;
  const delay = c.get("delay") ?? 0;
  const response = now - (c.get("delayOver") ?? arrived);
  return {
    requestId: c.get("requestId"),
    trace: c.get("trace"),
    method: c.req.method,
    path: requestTarget(c),
    client: clientAddress(c),
    userAgent: c.req.header("User-Agent") ?? "",
    route,
    status: c.res.status,
    responseSize: c.req.method === "HEAD" ? 0 : (c.get("responseSize") ?? 0),
    delay,
    queue: Math.max(0, total - delay - response),
    response,
    total,
    time: Date.now(),
    injectedError: c.get("injectedError") === true,
    aborted: c.error?.name === "AbortError",
  };
}

function levelOf({ route, status }: EndedRequest): Level {
  if (isWatching(route)) return "debug";
  return status >= 500 ? "error" : status >= 400 ? "warn" : "info";
}
