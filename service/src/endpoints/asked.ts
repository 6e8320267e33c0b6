import { formatDuration, parseDuration } from "../delay/duration.ts";
import type { Exchange } from "../request/exchange.ts";
import { measuredRoutes } from "../routes.ts";
import type { Service } from "../service.ts";
import { type Answer, answer } from "./answer.ts";
import { anyMethod, endpoint } from "./endpoint.ts";
import { afterDelay } from "./wait.ts";

/** `/delay/:duration`: the delay that the request asks for, up to the configured maximum. */
export function askedEndpoint(service: Service) {
  return endpoint(service, measuredRoutes.asked, anyMethod, (exchange, parameter) =>
    serveAsked(service, exchange, parameter),
  );
}

/** Serves a request that names its delay, in the path or as `?delay=`. */
export function serveAsked(service: Service, exchange: Exchange, text: string): Answer | Promise<Answer> {
  exchange.route = measuredRoutes.asked;
  const refusal = setAskedDelay(service, exchange, text);
  if (refusal !== undefined) return refusal;
  return afterDelay(service, exchange, () =>
    answer(service, exchange, {
      status: 200,
      text: `Served after ${exchange.delay} ms, as asked.`,
      fields: { delay_ms: exchange.delay },
    }),
  );
}

/** Sets the exchange's delay, or refuses a text that is no duration. */
export function setAskedDelay(service: Service, exchange: Exchange, text: string): Answer | undefined {
  const asked = parseDuration(text);
  if (asked === undefined) {
    return answer(service, exchange, {
      status: 400,
      text:
        "The delay must be a duration with a unit, such as 250ms, 1.5s or 2m; " +
        `more than ${formatDuration(service.settings.delay.max)} is cut to that.`,
    });
  }
  exchange.delay = Math.min(asked, service.settings.delay.max);
  return undefined;
}
