import type { HttpBindings } from "@hono/node-server";
import type { Milliseconds } from "./delay/duration.ts";
import type { Route } from "./routes.ts";

/** The types of Hono's `c.env` and `c.get()`. */
export interface Env {
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
    /** The request's trace context; undefined if it has none. */
    trace: Trace | undefined;
    /** Overrides the matched route in metrics and logs. */
    route: Route | undefined;
    /** The random or requested delay; undefined if there is none. */
    delay: Milliseconds | undefined;
    /** When the delay ended and the response began, from `performance.now()`. */
    delayOver: Milliseconds | undefined;
    /** Whether the configured error rate failed the request. */
    injectedError: boolean | undefined;
    /** Size of the response body in bytes, before compression. */
    responseSize: number | undefined;
  };
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
