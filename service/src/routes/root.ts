import type { Handler } from "hono";
import { page } from "../page/page.ts";
import type { Env } from "../request.ts";
import { measuredRoutes } from "../route-names.ts";
import type { Service } from "../service.ts";
import { serveRequestedDelay, wait } from "./delay.ts";
import { reply } from "./reply.ts";

/** `/`: responds after a random delay, and fails at the configured error rate. */
export function root(service: Service): Handler<Env> {
  const { draws, metrics, settings } = service;
  return async (c) => {
    const request = c.get("request");
    const requested = c.req.query("delay");
    if (requested !== undefined) {
      // The histogram of `/` contains random delays only, to be compared with the configured ones.
      request.route = measuredRoutes.asked;
      return serveRequestedDelay(service, c, requested);
    }
    const delay = draws.delay();
    const error = draws.errorStatus();
    await wait(c, delay);
    const fields = { delay_ms: delay };
    if (error === undefined) {
      const text = `Served after ${delay} ms.`;
      return reply(c, { status: 200, text, fields, page: () => page(request.id, delay, settings.delay) });
    }
    request.injectedError = true;
    metrics.injectedErrors.inc({ status: error });
    const text = `Failed on purpose after ${delay} ms, at the configured error rate.`;
    return reply(c, { status: error, text, fields });
  };
}
