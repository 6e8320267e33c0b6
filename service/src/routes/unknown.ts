import type { Context, ErrorHandler, NotFoundHandler } from "hono";
import { logFields } from "../log/log.ts";
import { clientLeft, type Env } from "../request.ts";
import type { Service } from "../service.ts";
import { reply, respond } from "./reply.ts";

/** The response for an unknown path. */
export const notFound: NotFoundHandler<Env> = (c) =>
  reply(c, { status: 404, text: "Not found. Try /, /delay/250ms, /status/503 or /metrics." });

/** The response for a known path with an unsupported method. */
export function unsupportedMethod(c: Context<Env>, methods: string[]): Response {
  const allow = [...methods, "OPTIONS"].join(", ");
  if (c.req.method === "OPTIONS") return respond(c, 204, "", { Allow: allow });
  const text = `Method not allowed. This path supports ${allow}.`;
  return reply(c, { status: 405, text, headers: { Allow: allow } });
}

/** The response for an aborted request, which no client sees, and for an unexpected error. */
export function failed({ log }: Service): ErrorHandler<Env> {
  return (error, c) => {
    if (error.name === "AbortError") return new Response(null, { status: clientLeft });
    const { id } = c.get("request");
    log.event("error", "a request failed unexpectedly", { [logFields.requestId]: id, error: error.stack });
    return reply(c, { status: 500, text: "Unexpected internal error." });
  };
}
