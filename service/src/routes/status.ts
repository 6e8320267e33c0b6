import { STATUS_CODES } from "node:http";
import type { Handler } from "hono";
import { parseDuration } from "../delay/duration.ts";
import { parseWeighted } from "../delay/weighted.ts";
import type { Env } from "../request.ts";
import type { Service } from "../service.ts";
import { invalidDelay, wait } from "./delay.ts";
import { reply } from "./reply.ts";

/** `/status/:code`: responds with the requested status, or one of a weighted list, after `?delay=` if given. */
export function statusRoute({ settings, draws }: Service): Handler<Env> {
  const { max } = settings.delay;
  return async (c) => {
    const statuses = parseWeighted(c.req.param("code") ?? "", parseStatus);
    if (statuses === undefined) {
      const text = "The status must be a number from 200 to 599, or a weighted list such as 200:9,503:1.";
      return reply(c, { status: 400, text });
    }
    const delay = parseDuration(c.req.query("delay") ?? "0");
    if (delay === undefined) return invalidDelay(c, max);
    const status = draws.status(statuses);
    await wait(c, Math.min(delay, max));
    const text = `${status} ${STATUS_CODES[status] ?? "Unknown"}, as requested.`;
    return reply(c, { status, text, fields: { status } });
  };
}

function parseStatus(text: string): number | undefined {
  return /^[2-5]\d\d$/.test(text) ? Number(text) : undefined;
}
