import { newHexId } from "./id.ts";

/** Where a request stands in a trace that somebody upstream began. */
export interface Trace {
  traceId: string;
  /** The span of whoever sent the request. */
  parentId: string;
  /** This server's own span. */
  spanId: string;
  flags: string;
}

// W3C Trace Context, level 1, 3.2: later versions may append fields, version ff is invalid.
const form = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Reads a `traceparent` header; undefined when there is none or it is not valid. */
export function traceOf(header: string | string[] | undefined): Trace | undefined {
  if (typeof header !== "string") return undefined;
  const [, version, traceId = "", parentId = "", flags = "", more] = form.exec(header) ?? [];
  if (version === undefined || (version === "00" && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined;
  return { traceId, parentId, spanId: newHexId(8), flags };
}

/** The header that continues the trace from this server's span. */
export function traceparent({ traceId, spanId, flags }: Trace): string {
  return `00-${traceId}-${spanId}-${flags}`;
}
