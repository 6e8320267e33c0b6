import type { Context, Handler } from "hono";
import { formatDuration, type Milliseconds, parseDuration } from "../delay/duration.ts";
import { waitUntil } from "../delay/wait.ts";
import type { Env } from "../env.ts";
import type { Service } from "../service.ts";
import { reply } from "./reply.ts";

/** `/delay/:duration`: the delay that the request asks for, up to the configured maximum. */
export function askedDelay(service: Service): Handler<Env> {
  return (c) => serveAsked(service, c, c.req.param("duration") ?? "");
}

/** Serves a request that names its delay, in the path or as `?delay=`. */
export async function serveAsked(service: Service, c: Context<Env>, text: string): Promise<Response> {
  const asked = parseDuration(text);
  if (asked === undefined) return noDuration(service, c);
  const delay = Math.min(asked, service.settings.delay.max);
  await waitFor(c, delay);
  const isCut = delay !== asked;
  return reply(c, {
    status: 200,
    text: `Served after ${delay} ms, ${isCut ? "the longest delay allowed" : "as asked"}.`,
    fields: { delay_ms: delay },
  });
}

/** The delay that a text asks for; undefined when it is no duration. */
export function askedIn({ settings }: Service, text: string): Milliseconds | undefined {
  const asked = parseDuration(text);
  return asked === undefined ? undefined : Math.min(asked, settings.delay.max);
}

/** What is answered when it is none. */
export function noDuration({ settings }: Service, c: Context<Env>): Response {
  const longest = formatDuration(settings.delay.max);
  return reply(c, {
    status: 400,
    text: `The delay must be a duration with a unit, such as 250ms, 1.5s or 2m; more than ${longest} is cut to that.`,
  });
}

/** Waits for the delay. Rejects if the client leaves before it is over. */
export function waitFor(c: Context<Env>, delay: Milliseconds): Promise<void> | undefined {
  c.set("delay", delay);
  // Making a request's signal takes a microsecond.
  return delay > 0 ? waitUntil(performance.now() + delay, c.req.raw.signal) : undefined;
}
