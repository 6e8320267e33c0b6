import { receiveBody } from "../request/body.ts";
import type { Exchange } from "../request/exchange.ts";
import type { Service } from "../service.ts";
import { type Answer, answer } from "./answer.ts";

/**
 * Responds when the exchange's delay is over and the request has arrived as a
 * whole; at once when there is nothing to wait for. The wait ends early when the client leaves.
 */
export function afterDelay(
  service: Service,
  exchange: Exchange,
  respond: () => Answer,
): Answer | Promise<Answer> {
  const body = receiveBody(exchange.incoming, service.settings.maxBodySize);
  if (body === undefined && exchange.delay === 0) return respond();
  return waitAndRespond(service, exchange, body, respond);
}

async function waitAndRespond(
  service: Service,
  exchange: Exchange,
  body: ReturnType<typeof receiveBody>,
  respond: () => Answer,
): Promise<Answer> {
  if (body !== undefined && (await body) === "too large") {
    exchange.delay = 0;
    return answer(service, exchange, {
      status: 413,
      text: `The body is larger than ${service.settings.maxBodySize} bytes.`,
      headers: ["Connection", "close"],
    });
  }
  await delayIsOver(service, exchange);
  exchange.resumed = performance.now();
  return respond();
}

function delayIsOver({ alarm }: Service, exchange: Exchange): Promise<void> {
  const due = exchange.handled + exchange.delay;
  if (exchange.outgoing.destroyed || performance.now() >= due) return Promise.resolve();
  return new Promise((resolve) => {
    const waiting = alarm.at(due, () => {
      exchange.leave = undefined;
      resolve();
    });
    exchange.leave = () => {
      alarm.cancel(waiting);
      resolve();
    };
  });
}
