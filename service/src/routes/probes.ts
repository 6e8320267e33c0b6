import type { Handler } from "hono";
import type { Env } from "../env.ts";
import { reply } from "./reply.ts";

/** `/healthz`: the process is alive, as long as it answers. */
export const healthz: Handler<Env> = (c) => reply(c, { status: 200, text: "ok" });

/**
 * `/readyz`: it can be sent requests, from the moment it listens until it does no longer.
 *
 * Also while it shuts down: Kubernetes sends requests to a pod that terminates and is still
 * ready as long as no other is, and to none that says it is not.
 */
export const readyz: Handler<Env> = (c) => reply(c, { status: 200, text: "ready" });
