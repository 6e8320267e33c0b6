import type { Context, ErrorHandler, NotFoundHandler } from "hono";
import { clientLeft } from "../ended-request.ts";
import type { Env } from "../env.ts";
import { logFields } from "../log/line.ts";
import type { Service } from "../service.ts";
import { reply, respond } from "./reply.ts";

/** What is answered where there is no such route. */
export const notFound: NotFoundHandler<Env> = (c) =>
  reply(c, {
    status: 404,
    text: "There is nothing here. Try /, /delay/250ms, /status/503 or /metrics.",
  });

/** What is answered where there is the route, and not for this method. */
export function methodUnknown(c: Context<Env>, methods: string[]): Response {
  const allow = [...methods, "OPTIONS"].join(", ");
  if (c.req.method === "OPTIONS") return respond(c, 204, "", { Allow: allow });
  return reply(c, {
    status: 405,
    text: `This path does not know the method; it knows ${allow}.`,
    headers: { Allow: allow },
  });
}

/** What is answered when the client left, which no client will see, or when serving failed and nobody configured that. */
export function failed({ log }: Service): ErrorHandler<Env> {
  return (error, c) => {
    if (error.name === "AbortError") return new Response(null, { status: clientLeft });
    log.event("error", "a request failed unexpectedly", {
      [logFields.requestId]: c.get("requestId"),
      error: error.stack,
    });
    return reply(c, { status: 500, text: "This failed, and not on purpose." });
  };
}
