import { preferred } from "../request/accept.ts";
import type { Exchange } from "../request/exchange.ts";
import { traceparent } from "../request/trace.ts";
import type { Service } from "../service.ts";

/** A response, complete: nothing is left to be decided or converted. */
export interface Answer {
  status: number;
  /** Names and values in turn. */
  headers: string[];
  content: string | Uint8Array<ArrayBuffer> | null;
}

/** What to answer. Without a body or a text the response has no body. */
export interface Reply {
  status: number;
  /** A sentence, sent as plain text, or as JSON to a client that prefers that. */
  text?: string;
  /** What the JSON says beside the sentence and the request id. */
  fields?: Record<string, unknown>;
  /** A page to send instead of the sentence to a client that prefers that. */
  page?: () => { html: string; policy: string };
  /** A body of another type, as it is. */
  body?: { type: string; content: string | Uint8Array<ArrayBuffer> };
  /** Names and values in turn, beside the ones that every response has. */
  headers?: readonly string[];
}

/** An answer with the headers that every answer has. */
export function answer(service: Service, exchange: Exchange, reply: Reply): Answer {
  const headers = ["X-Request-Id", exchange.requestId, "Cache-Control", "no-store"];
  let content: Answer["content"] = null;
  if (reply.body !== undefined) {
    content = reply.body.content;
    headers.push("Content-Type", reply.body.type);
  } else if (reply.text !== undefined) {
    const type = preferredType(exchange, reply);
    headers.push("Content-Type", contentTypes[type]);
    if (type === "text/html" && reply.page !== undefined) {
      const { html, policy } = reply.page();
      content = html;
      headers.push("Content-Security-Policy", policy);
    } else {
      content = type === "application/json" ? asJson(exchange, reply.text, reply.fields) : `${reply.text}\n`;
    }
  }
  if (exchange.delay > 0) headers.push("Server-Timing", `delay;dur=${exchange.delay}`);
  if (exchange.trace !== undefined) headers.push("traceparent", traceparent(exchange.trace));
  if (service.phase === "ending") headers.push("Connection", "close");
  if (reply.headers !== undefined) headers.push(...reply.headers);

  if (reply.status === 204 || reply.status === 205 || reply.status === 304) content = null;
  const length = content === null ? 0 : Buffer.byteLength(content);
  if (reply.status !== 204 && reply.status !== 304) headers.push("Content-Length", String(length));
  if (exchange.method !== "HEAD") exchange.responseSize = length;
  return { status: reply.status, headers, content };
}

const contentTypes = {
  "text/plain": "text/plain; charset=utf-8",
  "application/json": "application/json",
  "text/html": "text/html; charset=utf-8",
};

function preferredType({ incoming }: Exchange, { page }: Reply): keyof typeof contentTypes {
  const { accept } = incoming.headers;
  // A client that wants none of them gets what anybody can read.
  return page === undefined
    ? (preferred(accept, ["text/plain", "application/json"]) ?? "text/plain")
    : (preferred(accept, ["text/plain", "application/json", "text/html"]) ?? "text/plain");
}

function asJson(exchange: Exchange, message: string, fields: Reply["fields"]): string {
  return `${JSON.stringify({ message, request_id: exchange.requestId, ...fields })}\n`;
}

/** Writes an answer to the client. */
export function send({ outgoing }: Exchange, { status, headers, content }: Answer): void {
  outgoing.writeHead(status, headers);
  outgoing.end(content);
}

/** The answer as what a fetch handler returns. */
export function asResponse({ status, headers, content }: Answer): Response {
  const record: Record<string, string> = {};
  for (let i = 0; i < headers.length; i += 2) record[headers[i] as string] = headers[i + 1] as string;
  // Plain headers on a response of its own are what the adapter writes out without converting anything.
  return new Response(content, { status, headers: record });
}
