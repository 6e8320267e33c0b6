import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Env } from "../request.ts";
import { reply } from "../routes/reply.ts";

/** Receives and discards the body of a request. Responds with 413 if it is larger than allowed. */
export function receiveBody(maxSize: number): MiddlewareHandler<Env> {
  const limited = bodyLimit({
    maxSize,
    onError: (c) =>
      reply(c, {
        status: 413,
        text: `The body is larger than ${maxSize} bytes.`,
        // Otherwise the rest of the body would be parsed as the next request.
        headers: { Connection: "close" },
      }),
  });
  return async (c, next) => {
    try {
      return await limited(c, async () => {
        for await (const _ of c.req.raw.body ?? []);
        await next();
      });
    } catch {
      // Hono catches the errors of handlers, so this is a client that disconnected.
      throw new DOMException("the client disconnected while sending the body", "AbortError");
    }
  };
}
