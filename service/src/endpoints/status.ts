import { STATUS_CODES } from "node:http";
import { parseWeighted } from "../delay/weighted.ts";
import { measuredRoutes } from "../routes.ts";
import type { Service } from "../service.ts";
import { answer } from "./answer.ts";
import { setAskedDelay } from "./asked.ts";
import { anyMethod, endpoint, query } from "./endpoint.ts";
import { afterDelay } from "./wait.ts";

/** `/status/:code`: the status that the request asks for, or one of a list with weights; at once, or after `?delay=`. */
export function statusEndpoint(service: Service) {
  return endpoint(service, measuredRoutes.status, anyMethod, (exchange, parameter) => {
    const statuses = parseWeighted(parameter, askedStatus);
    if (statuses === undefined) {
      return answer(service, exchange, {
        status: 400,
        text: "The status must be a number from 200 to 599, or a list with weights such as 200:9,503:1.",
      });
    }
    const delay = query(exchange, "delay");
    const refusal = delay === undefined ? undefined : setAskedDelay(service, exchange, delay);
    if (refusal !== undefined) return refusal;
    const status = service.draws.status(statuses);
    return afterDelay(service, exchange, () =>
      answer(service, exchange, {
        status,
        text: `${status} ${STATUS_CODES[status] ?? "Unknown"}, as asked.`,
        fields: { status },
      }),
    );
  });
}

function askedStatus(text: string): number | undefined {
  return /^[2-5]\d\d$/.test(text) ? Number(text) : undefined;
}
