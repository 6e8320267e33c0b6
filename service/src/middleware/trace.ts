import { randomBytes } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { Env, Trace } from "../env.ts";

/** Sets `trace` when the request comes with a valid `traceparent`. */
export const trace: MiddlewareHandler<Env> = (c, next) => {
  const header = c.req.header("traceparent");
  if (header !== undefined) c.set("trace", traceOf(header));
  return next();
};

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
