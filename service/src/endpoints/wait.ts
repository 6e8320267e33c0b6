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
  if (body !== undefined) return receiveAndRespond(service, exchange, body, respond);
  return exchange.delay === 0 ? respond() : respondWhenOver(service, exchange, respond);
}

async function receiveAndRespond(
  service: Service,
  exchange: Exchange,
  body: NonNullable<ReturnType<typeof receiveBody>>,
  respond: () => Answer,
): Promise<Answer> {
  if ((await body) === "too large") {
    exchange.delay = 0;
    return answer(service, exchange, {
      status: 413,
      text: `The body is larger than ${service.settings.maxBodySize} bytes.`,
      headers: ["Connection", "close"],
    });
  }
  return respondWhenOver(service, exchange, respond);
}

/** One promise a request and no async function: thousands of them wait at a time, and the collector moves each. */
function respondWhenOver({ alarm }: Service, exchange: Exchange, respond: () => Answer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const over = () => {
      exchange.leave = undefined;
      exchange.resumed = performance.now();
      try {
        resolve(respond());
      } catch (error) {
        reject(error);
      }
    };
    const due = exchange.handled + exchange.delay;
    if (exchange.outgoing.destroyed || performance.now() >= due) {
      over();
      return;
    }
    const waiting = alarm.at(due, over);
    exchange.leave = () => {
      alarm.cancel(waiting);
      // Nobody is left to be answered; what is said about the request is said first.
      queueMicrotask(over);
    };
  });
}
