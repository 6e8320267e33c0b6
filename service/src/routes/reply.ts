import type { Context } from "hono";
import { accepts } from "hono/accepts";
import { type Env, traceparent } from "../request.ts";

/** A response in up to three formats. */
export interface Reply {
  status: number;
  /** A sentence, sent as plain text, or as JSON if the client prefers it. */
  text: string;
  /** Additional fields of the JSON. */
  fields?: Record<string, unknown>;
  /** HTML, sent if the client prefers it, and its headers. */
  page?: () => { html: string; headers: Record<string, string> };
  headers?: Record<string, string>;
}

/** Responds in the format that the client prefers, and marks the end of the delay. */
export function reply(c: Context<Env>, { status, text, fields, page, headers }: Reply): Response {
  const request = c.get("request");
  request.delayOver = performance.now();
  const preferred = accepts(c, {
    header: "Accept",
    supports: ["text/plain", "application/json", ...(page === undefined ? [] : ["text/html"])],
    default: "text/plain",
  });
  if (preferred === "text/html" && page !== undefined) {
    const { html, headers: own } = page();
    return respond(c, status, html, { "Content-Type": "text/html; charset=utf-8", ...own, ...headers });
  }
  if (preferred === "application/json") {
    const json = JSON.stringify({ message: text, request_id: request.id, ...fields });
    return respond(c, status, `${json}\n`, { "Content-Type": "application/json", ...headers });
  }
  return respond(c, status, `${text}\n`, { "Content-Type": "text/plain; charset=utf-8", ...headers });
}

/** Responds with the common headers. Not with `c.body()`, whose `Headers` the adapter would have to convert back. */
export function respond(
  c: Context<Env>,
  status: number,
  body: string,
  headers: Record<string, string>,
): Response {
  const request = c.get("request");
  const all: Record<string, string> = {
    "X-Request-Id": request.id,
    "Cache-Control": "no-store",
    ...headers,
  };
  if (request.delay !== undefined) all["Server-Timing"] = `delay;dur=${request.delay}`;
  if (request.trace !== undefined) all.traceparent = traceparent(request.trace);
  const hasBody = status !== 204 && status !== 205 && status !== 304;
  const length = hasBody ? Buffer.byteLength(body) : 0;
  request.responseSize = request.method === "HEAD" ? 0 : length;
  // Set explicitly, because a response to HEAD has no body to take the length from.
  if (status !== 204 && status !== 304) all["Content-Length"] = String(length);
  return new Response(hasBody ? body : null, { status, headers: all });
}
