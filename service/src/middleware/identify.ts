import { randomBytes, randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { Env, Trace } from "../env.ts";

/**
 * Sets `requestId`, and `trace` when the request comes with a valid `traceparent`.
 *
 * Not Hono's own `requestId()`: that refuses `.`, `:`, `+` and `/`, which the ids of proxies contain.
 */
export const identify: MiddlewareHandler<Env> = (c, next) => {
  c.set("requestId", validOrNew(c.req.header("X-Request-Id")));
  const header = c.req.header("traceparent");
  if (header !== undefined) c.set("trace", traceOf(header));
  return next();
};

/** What a client may call its request: safe in a header, a log line and an exemplar, which holds 128 characters. */
const valid = /^[A-Za-z0-9._~:@=+/-]{1,64}$/;

/** The id if it is valid, or a new one. */
export function validOrNew(id: string = randomUUID()): string {
  // Tests a new one too: that makes one string of the 16 pieces that a request would keep while it waits.
  return valid.test(id) ? id : randomUUID();
}

// W3C Trace Context, level 1, 3.2: later versions may append fields, version ff is invalid.
const form = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Reads a `traceparent` header; undefined when it is not valid. */
export function traceOf(header: string): Trace | undefined {
  const [, version, traceId = "", parentId = "", flags = "", more] = form.exec(header) ?? [];
  if (version === undefined || (version === "00" && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined;
  return { traceId, parentId, spanId: randomBytes(8).toString("hex"), flags };
}

/** The header that continues the trace from this server's span. */
export function traceparent({ traceId, spanId, flags }: Trace): string {
  return `00-${traceId}-${spanId}-${flags}`;
}
