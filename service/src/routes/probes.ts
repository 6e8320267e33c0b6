import type { Handler } from "hono";
import type { Env } from "../env.ts";
import { reply } from "./reply.ts";

/** `/healthz`: the process responds. */
export const healthz: Handler<Env> = (c) => reply(c, { status: 200, text: "ok" });

/**
 * `/readyz`: the server accepts requests.
 *
 * It stays ready while shutting down, because Kubernetes sends requests to a terminating pod only if
 * it is ready and no other pod is.
 */
export const readyz: Handler<Env> = (c) => reply(c, { status: 200, text: "ready" });
