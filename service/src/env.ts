import type { HttpBindings } from "@hono/node-server";
import type { Milliseconds } from "./delay/duration.ts";
import type { Route } from "./routes.ts";

/** What Hono's context holds for each request, in `c.get()` and `c.env`. */
export interface Env {
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
    /** Where the request stands in a trace; undefined when it came without one. */
    trace: Trace | undefined;
    /** The route to count it for, where that is another than the one that matches the path. */
    route: Route | undefined;
    /** The delay that was drawn or asked for; undefined without one. */
    delay: Milliseconds | undefined;
    /** When the delay was over and the response began, on the clock of `performance.now()`. */
    delayOver: Milliseconds | undefined;
    /** It failed because the configured error rate drew it. */
    injectedError: boolean | undefined;
    /** Bytes of the response's body, before compression. */
    responseSize: number | undefined;
  };
}

/** Where a request stands in a trace that was begun upstream. */
export interface Trace {
  traceId: string;
  /** The span of the client. */
  parentId: string;
  /** This server's own span. */
  spanId: string;
  flags: string;
}
