import type { Context, MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { clientAddress, requestTarget } from "../listen.ts";
import type { Level } from "../log/log.ts";
import type { Env, RequestRecord } from "../request.ts";
import { isWatching, type Route } from "../routes.ts";
import type { Service } from "../service.ts";
import { continueTrace, requestId } from "./identify.ts";

/** Identifies, measures and logs every request, even if it fails or the client disconnects. */
export function measure(service: Service): MiddlewareHandler<Env> {
  const { metrics, log } = service;
  return async (c, next) => {
    const arrived = performance.now();
    const request = newRequest(c);
    c.set("request", request);
    if (!isWatching(request.route)) service.requests++;
    metrics.inFlight.inc();
    try {
      await next();
      // Sends the client's next request to another server.
      if (service.stopping) c.header("Connection", "close");
    } finally {
      metrics.inFlight.dec();
      const now = performance.now();
      request.status = c.res.status;
      request.aborted = c.error?.name === "AbortError";
      request.total = now - arrived;
      request.response = now - (request.delayOver ?? arrived);
      request.queue = Math.max(0, request.total - (request.delay ?? 0) - request.response);
      metrics.observe(request);
      log.request(levelOf(request), request);
    }
  };
}

/** The record of a request that has just arrived. */
export function newRequest(c: Context<Env>): RequestRecord {
  const traceHeader = c.req.header("traceparent");
  return {
    id: requestId(c.req.header("X-Request-Id")),
    trace: traceHeader === undefined ? undefined : continueTrace(traceHeader),
    method: c.req.method,
    path: requestTarget(c),
    client: clientAddress(c),
    userAgent: c.req.header("User-Agent") ?? "",
    // The last route that matches is the one for unknown paths.
    route: routePath(c, -2) as Route,
    status: 0,
    responseSize: 0,
    delay: undefined,
    delayOver: undefined,
    queue: 0,
    response: 0,
    total: 0,
    injectedError: false,
    aborted: false,
  };
}

function levelOf({ route, status }: RequestRecord): Level {
  if (isWatching(route)) return "debug";
  return status >= 500 ? "error" : status >= 400 ? "warn" : "info";
}
