import type { Context } from "hono";
import { accepts } from "hono/accepts";
import type { Env } from "../env.ts";
import { traceparent } from "../middleware/identify.ts";

/** What to answer. */
export interface Reply {
  status: number;
  /** A sentence, sent as plain text, or as JSON to a client that prefers that. */
  text: string;
  /** What the JSON says beside the sentence and the request id. */
  fields?: Record<string, unknown>;
  /** A page to send to a client that prefers that, and the headers that it needs. */
  page?: () => { html: string; headers: Record<string, string> };
  headers?: Record<string, string>;
}

const types = {
  text: "text/plain; charset=utf-8",
  json: "application/json",
  html: "text/html; charset=utf-8",
};

/** A sentence, in the form that the client prefers. */
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
 * A response with the headers that every response has.
 *
 * They are written once, as a plain object on a response of its own: `c.header()` would put each into a
 * `Headers` object, which the server has to take apart again.
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
  // A response to HEAD has no body that its length could be taken from.
  if (status !== 204 && status !== 304) all["Content-Length"] = String(length);
  return new Response(hasBody ? body : null, { status, headers: all });
}
