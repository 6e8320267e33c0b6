import { randomBytes, randomUUID } from "node:crypto";
import type { Trace } from "../request.ts";

/** Safe in a header, a log line and an exemplar, which holds 128 characters. */
const valid = /^[A-Za-z0-9._~:@=+/-]{1,64}$/;

/**
 * The client's id of the request if it is valid, or a new one.
 *
 * Not Hono's `requestId()`, which refuses `.`, `:`, `+` and `/`: ids of proxies contain them.
 */
export function requestId(id: string = randomUUID()): string {
  // Tests new ids too: the test joins the 16 pieces of the string, which would outlive the request's delay.
  return valid.test(id) ? id : randomUUID();
}

// W3C Trace Context, level 1, 3.2: later versions may append fields, version ff is invalid.
const form = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Parses a `traceparent` header, and starts a span of this server. Returns undefined if it is invalid. */
export function continueTrace(header: string): Trace | undefined {
  const [, version, traceId = "", parentId = "", flags = "", more] = form.exec(header) ?? [];
  if (version === undefined || (version === "00" && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined;
  return { traceId, parentId, spanId: randomBytes(8).toString("hex"), flags };
}

/** The `traceparent` header of the response. */
export function traceparent({ traceId, spanId, flags }: Trace): string {
  return `00-${traceId}-${spanId}-${flags}`;
}
