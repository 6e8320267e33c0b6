import type { Handler } from "hono";
import type { Env } from "../request.ts";
import { reply } from "./reply.ts";

/** `/healthz`: the process responds. */
export const healthz: Handler<Env> = (c) => reply(c, { status: 200, text: "ok" });

/** `/readyz`: the server accepts requests, even while it shuts down: see server.ts. */
export const readyz: Handler<Env> = (c) => reply(c, { status: 200, text: "ready" });
