import type { Milliseconds } from "./delay/duration.ts";
import type { Trace } from "./env.ts";
import type { Route } from "./routes.ts";

/** What there is to measure and to log about a request that ended. */
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
  /** Bytes of the response's body, before compression. */
  readonly responseSize: number;
  /** The delay that was drawn or asked for. */
  readonly delay: Milliseconds;
  /** Waiting before the delay began and after it was over. */
  readonly queue: Milliseconds;
  /** From the end of the delay until the response was there. */
  readonly response: Milliseconds;
  readonly total: Milliseconds;
  /** When it ended, in milliseconds since 1970. */
  readonly time: number;
  /** It failed because the configured error rate drew it. */
  readonly injectedError: boolean;
  /** The client left before there was a response. */
  readonly aborted: boolean;
}

/** The status of a request whose client left, as nginx has it. */
export const clientLeft = 499;
