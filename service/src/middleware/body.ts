import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Env } from "../env.ts";
import { reply } from "../routes/reply.ts";

/** Receives a request's body and throws it away; refuses one that is larger than allowed. */
export function receiveBody(maxSize: number): MiddlewareHandler<Env> {
  const limited = bodyLimit({
    maxSize,
    onError: (c) =>
      reply(c, {
        status: 413,
        text: `The body is larger than ${maxSize} bytes.`,
        // What the client still sends would be taken for its next request.
        headers: { Connection: "close" },
      }),
  });
  return async (c, next) => {
    try {
      return await limited(c, async () => {
        for await (const _ of c.req.raw.body ?? []) {
          // What it says does not matter here.
        }
        await next();
      });
    } catch {
      // `next()` rejects for no error of a handler: it is the client that did not send the rest.
      throw new DOMException("the client left while it sent the body", "AbortError");
    }
  };
}
