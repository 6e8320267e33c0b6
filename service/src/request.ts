import { randomBytes, randomUUID } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import { routePath } from "hono/route";
import type { Milliseconds } from "./delay/duration.ts";
import { clientAddress, requestTarget } from "./listen.ts";
import type { Route } from "./route-names.ts";

/** The types of Hono's `c.env` and `c.get()`. */
export interface Env {
  Bindings: HttpBindings;
  Variables: { request: RequestRecord };
}

/** What metrics and logs record of a request. The middleware creates it, and handlers add to it. */
export interface RequestRecord {
  readonly id: string;
  readonly trace: Trace | undefined;
  readonly method: string;
  /** The path and query as the client sent them. */
  readonly path: string;
  readonly client: string;
  readonly userAgent: string;
  route: Route;
  status: number;
  /** Size of the response body in bytes, before compression. */
  responseSize: number;
  /** The random or requested delay; undefined if there is none. */
  delay: Milliseconds | undefined;
  /** When the delay ended and the response began, from `performance.now()`. */
  delayOver: Milliseconds | undefined;
  /** Time spent waiting before and after the delay. */
  queue: Milliseconds;
  /** Time from the end of the delay until the response was ready. */
  response: Milliseconds;
  total: Milliseconds;
  /** Whether the configured error rate failed the request. */
  injectedError: boolean;
  /** Whether the client disconnected before the response. */
  aborted: boolean;
}

/** The position of a request in a trace that started upstream. */
export interface Trace {
  traceId: string;
  /** The client's span. */
  parentId: string;
  /** This server's span. */
  spanId: string;
  flags: string;
}

/** The status of an aborted request, as in nginx. */
export const clientLeft = 499;

/** The record of a request that has just arrived. */
export function newRequest(c: Context<Env>): RequestRecord {
  const traceHeader = c.req.header("traceparent");
  return {
    id: requestId(c.req.header("X-Request-Id")),
    trace: traceHeader === undefined ? undefined : continueTrace(traceHeader),
    method: c.req.method,
    path: requestTarget(c.env),
    client: clientAddress(c.env),
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
