import { pageFor } from "../page/page.ts";
import type { Exchange } from "../request/exchange.ts";
import { measuredRoutes } from "../routes.ts";
import type { Service } from "../service.ts";
import { type Answer, answer } from "./answer.ts";
import { serveAsked } from "./asked.ts";
import { anyMethod, endpoint, query } from "./endpoint.ts";
import { afterDelay } from "./wait.ts";

/** `/`: a delay drawn from the configured distribution, and sometimes an error. */
export function drawnEndpoint(service: Service) {
  return endpoint(service, measuredRoutes.drawn, anyMethod, (exchange) => {
    const asked = query(exchange, "delay");
    if (asked !== undefined) return serveAsked(service, exchange, asked);
    exchange.delay = service.draws.delay();
    const error = service.draws.errorStatus();
    return afterDelay(service, exchange, () =>
      error === undefined ? served(service, exchange) : failed(service, exchange, error),
    );
  });
}

function served(service: Service, exchange: Exchange): Answer {
  return answer(service, exchange, {
    status: 200,
    text: `Served after ${exchange.delay} ms.`,
    fields: { delay_ms: exchange.delay },
    page: () => pageFor(exchange, service.settings.delay),
  });
}

function failed(service: Service, exchange: Exchange, status: number): Answer {
  exchange.injectedError = true;
  service.meters.injectedError(status);
  return answer(service, exchange, {
    status,
    text: `Failed on purpose after ${exchange.delay} ms: the configured error rate drew this request.`,
    fields: { delay_ms: exchange.delay },
  });
}
