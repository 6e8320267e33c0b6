import type { Handler } from "hono";
import type { Env } from "../env.ts";
import { contentSecurityPolicy, pageFor } from "../page/page.ts";
import { measuredRoutes } from "../routes.ts";
import type { Service } from "../service.ts";
import { serveAsked, waitFor } from "./delay.ts";
import { reply } from "./reply.ts";

/** `/`: a random delay from the configured distribution, and an error at the configured rate. */
export function root(service: Service): Handler<Env> {
  const { draws, metrics, settings } = service;
  return async (c) => {
    const asked = c.req.query("delay");
    if (asked !== undefined) {
      // Only random delays may count for `/`, whose histogram is compared with the configured delays.
      c.set("route", measuredRoutes.asked);
      return serveAsked(service, c, asked);
    }
    const delay = draws.delay();
    const error = draws.errorStatus();
    await waitFor(c, delay);
    const fields = { delay_ms: delay };
    if (error === undefined) {
      const page = () => ({
        html: pageFor({ delay, requestId: c.get("requestId") }, settings.delay),
        headers: { "Content-Security-Policy": contentSecurityPolicy },
      });
      return reply(c, { status: 200, text: `Served after ${delay} ms.`, fields, page });
    }
    c.set("injectedError", true);
    metrics.injectedErrors.inc({ status: error });
    const text = `Failed on purpose after ${delay} ms, at the configured error rate.`;
    return reply(c, { status: error, text, fields });
  };
}
