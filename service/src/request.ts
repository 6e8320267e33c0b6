import type { HttpBindings } from "@hono/node-server";
import type { Milliseconds } from "./delay/duration.ts";
import type { Route } from "./routes.ts";

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
