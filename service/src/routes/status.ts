import { STATUS_CODES } from "node:http";
import type { Handler } from "hono";
import { parseWeighted } from "../delay/weighted.ts";
import type { Env } from "../env.ts";
import type { Service } from "../service.ts";
import { askedIn, noDuration, waitFor } from "./delay.ts";
import { reply } from "./reply.ts";

/** `/status/:code`: the requested status, or one of a weighted list, after the delay of `?delay=` if there is one. */
export function askedStatus(service: Service): Handler<Env> {
  return async (c) => {
    const statuses = parseWeighted(c.req.param("code") ?? "", statusOf);
    if (statuses === undefined) {
      return reply(c, {
        status: 400,
        text: "The status must be a number from 200 to 599, or a weighted list such as 200:9,503:1.",
      });
    }
    const delay = askedIn(service, c.req.query("delay") ?? "0");
    if (delay === undefined) return noDuration(service, c);
    const status = service.draws.status(statuses);
    await waitFor(c, delay);
    const text = `${status} ${STATUS_CODES[status] ?? "Unknown"}, as asked.`;
    return reply(c, { status, text, fields: { status } });
  };
}

function statusOf(text: string): number | undefined {
  return /^[2-5]\d\d$/.test(text) ? Number(text) : undefined;
}
