import type { Context } from "hono";
import { accepts } from "hono/accepts";
import type { Env } from "../env.ts";
import { traceparent } from "../middleware/identify.ts";

/** A response in up to three forms. */
export interface Reply {
  status: number;
  /** A sentence, sent as plain text, or as JSON if the client prefers it. */
  text: string;
  /** Additional fields of the JSON. */
  fields?: Record<string, unknown>;
  /** A page, sent if the client prefers HTML, and its headers. */
  page?: () => { html: string; headers: Record<string, string> };
  headers?: Record<string, string>;
}

const types = {
  text: "text/plain; charset=utf-8",
  json: "application/json",
  html: "text/html; charset=utf-8",
};

/** Responds in the form that the client prefers, and marks the end of the delay. */
export function reply(c: Context<Env>, { status, text, fields, page, headers }: Reply): Response {
  c.set("delayOver", performance.now());
  const preferred = accepts(c, {
    header: "Accept",
    supports: ["text/plain", "application/json", ...(page === undefined ? [] : ["text/html"])],
    default: "text/plain",
  });
  if (preferred === "text/html" && page !== undefined) {
    const made = page();
    return respond(c, status, made.html, { "Content-Type": types.html, ...made.headers, ...headers });
  }
  if (preferred === "application/json") {
    const json = JSON.stringify({ message: text, request_id: c.get("requestId"), ...fields });
    return respond(c, status, `${json}\n`, { "Content-Type": types.json, ...headers });
  }
  return respond(c, status, `${text}\n`, { "Content-Type": types.text, ...headers });
}

/**
 * A response with the common headers.
 *
 * It passes the headers as a plain object: `c.header()` would build a `Headers` object, which the
 * adapter has to convert back.
 */
export function respond(
  c: Context<Env>,
  status: number,
  body: string,
  headers: Record<string, string>,
): Response {
  const all: Record<string, string> = {
    "X-Request-Id": c.get("requestId"),
    "Cache-Control": "no-store",
    ...headers,
  };
  const delay = c.get("delay");
  if (delay !== undefined) all["Server-Timing"] = `delay;dur=${delay}`;
  const trace = c.get("trace");
  if (trace !== undefined) all.traceparent = traceparent(trace);
  const hasBody = status !== 204 && status !== 205 && status !== 304;
  const length = hasBody ? Buffer.byteLength(body) : 0;
  c.set("responseSize", length);
  // Set explicitly, because a response to HEAD has no body to take the length from.
  if (status !== 204 && status !== 304) all["Content-Length"] = String(length);
  return new Response(hasBody ? body : null, { status, headers: all });
}
