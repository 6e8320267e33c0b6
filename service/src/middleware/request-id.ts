import { randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { Env } from "../env.ts";

/** What a client may call its request: safe in a header, a log line and an exemplar, which holds 128 characters. */
const valid = /^[A-Za-z0-9._~:@=+/-]{1,64}$/;

/**
 * Sets `requestId`: what the client calls its request when that is valid, or a new one.
 *
 * Not Hono's own `requestId()`: that refuses `.`, `:`, `+` and `/`, which the ids of proxies contain.
 */
export const requestId: MiddlewareHandler<Env> = (c, next) => {
  c.set("requestId", validOrNew(c.req.header("X-Request-Id")));
  return next();
};

/** The id if it is valid, or a new one. */
export function validOrNew(id: string | undefined): string {
  return id !== undefined && valid.test(id) ? id : randomUUID();
}
