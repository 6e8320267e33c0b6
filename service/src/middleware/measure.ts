import type { MiddlewareHandler } from "hono";
import type { Level } from "../log/log.ts";
import { type Env, newRequest, type RequestRecord } from "../request.ts";
import { isWatching } from "../route-names.ts";
import type { Service } from "../service.ts";

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

function levelOf({ route, status }: RequestRecord): Level {
  if (isWatching(route)) return "debug";
  return status >= 500 ? "error" : status >= 400 ? "warn" : "info";
}
