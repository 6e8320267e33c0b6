import type { IncomingMessage, RequestListener } from "node:http";
import { getRequestListener, RequestError } from "@hono/node-server";
import { type App, type Direct, failed } from "./app.ts";
import { answer, asResponse, send } from "./endpoints/answer.ts";
import type { Level } from "./log/line.ts";
import { Exchange, type ExchangeResponse } from "./request/exchange.ts";
import { watchingRoutes } from "./routes.ts";
import type { Service } from "./service.ts";

const watching: ReadonlySet<string> = new Set(Object.values(watchingRoutes));

/**
 * What every request goes through: it gets an exchange when it arrives, the app
 * serves it, and however it ends, it is counted, measured and logged then.
 */
export function requestListener(
  service: Service,
  { direct, routed }: App,
): RequestListener<typeof IncomingMessage, typeof ExchangeResponse> {
  let arriving: Exchange;
  const route = getRequestListener(
    (request, { outgoing }) => routed.fetch(request, (outgoing as ExchangeResponse).exchange),
    {
      // Only what is wrong before there is a request comes here, still in the call below.
      errorHandler: (error) =>
        error instanceof RequestError ? asResponse(invalid(service, arriving, error)) : undefined,
    },
  );
  function closed(this: ExchangeResponse): void {
    if (this.exchange !== undefined) ended(service, this.exchange);
  }
  return (incoming, outgoing) => {
    const exchange = new Exchange(incoming, outgoing);
    outgoing.exchange = exchange;
    outgoing.on("close", closed);
    service.meters.inFlight.value++;
    const unrouted = direct(exchange.path);
    if (unrouted !== undefined) {
      serveUnrouted(service, exchange, unrouted);
    } else {
      arriving = exchange;
      void route(incoming, outgoing);
    }
  };
}

function serveUnrouted(service: Service, exchange: Exchange, { serve, parameter }: Direct): void {
  try {
    const result = serve(exchange, parameter);
    if (!(result instanceof Promise)) {
      send(exchange, result);
      return;
    }
    result.then(
      (answer) => send(exchange, answer),
      (error) => send(exchange, failed(service, exchange, error)),
    );
  } catch (error) {
    send(exchange, failed(service, exchange, error));
  }
}

function invalid(service: Service, exchange: Exchange, error: RequestError) {
  return answer(service, exchange, { status: 400, text: `This is no valid request: ${error.message}.` });
}

function ended({ meters, log }: Service, exchange: Exchange): void {
  exchange.end();
  meters.inFlight.value--;
  meters.ended(exchange);
  log.request(levelOf(exchange), exchange);
}

function levelOf({ route, status }: Exchange): Level {
  if (watching.has(route)) return "debug";
  return status >= 500 ? "error" : status >= 400 ? "warn" : "info";
}
