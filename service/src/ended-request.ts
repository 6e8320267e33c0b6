import type { Milliseconds } from "./delay/duration.ts";
import type { Trace } from "./env.ts";
import type { Route } from "./routes.ts";

/** A completed request, as metrics and logs record it. */
export interface EndedRequest {
  readonly requestId: string;
  readonly trace: Trace | undefined;
  readonly method: string;
  /** The path and query as the client sent them. */
  readonly path: string;
  readonly client: string;
  readonly userAgent: string;
  readonly route: Route;
  readonly status: number;
  /** Size of the response body in bytes, before compression. */
  readonly responseSize: number;
  /** The random or requested delay; 0 if there is none. */
  readonly delay: Milliseconds;
  /** Time spent waiting before and after the delay. */
  readonly queue: Milliseconds;
  /** Time from the end of the delay until the response was ready. */
  readonly response: Milliseconds;
  readonly total: Milliseconds;
  /** When the request ended, in milliseconds since the Unix epoch. */
  readonly time: number;
  /** Whether the configured error rate failed the request. */
  readonly injectedError: boolean;
  /** Whether the client disconnected before the response. */
  readonly aborted: boolean;
}

/** The status of an aborted request, as in nginx. */
export const clientLeft = 499;
