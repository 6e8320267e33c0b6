import type { Context, Handler } from "hono";
import { formatDuration, type Milliseconds, parseDuration } from "../delay/duration.ts";
import { waitUntil } from "../delay/wait.ts";
import type { Env } from "../request.ts";
import type { Service } from "../service.ts";
import { reply } from "./reply.ts";

/** `/delay/:duration`: responds after the requested delay. */
export function delayRoute(service: Service): Handler<Env> {
  return (c) => serveRequestedDelay(service, c, c.req.param("duration") ?? "");
}

/** Responds after a delay that is requested in the path or as `?delay=`. */
export async function serveRequestedDelay(
  { settings }: Service,
  c: Context<Env>,
  text: string,
): Promise<Response> {
  const requested = parseDuration(text);
  const { max } = settings.delay;
  if (requested === undefined) return invalidDelay(c, max);
  const delay = Math.min(requested, max);
  await wait(c, delay);
  const why = delay === requested ? "as requested" : "the longest delay allowed";
  return reply(c, { status: 200, text: `Served after ${delay} ms, ${why}.`, fields: { delay_ms: delay } });
}

/** The response to an invalid delay. */
export function invalidDelay(c: Context<Env>, max: Milliseconds): Response {
  const text = `The delay must be a duration with a unit, such as 250ms, 1.5s or 2m. The maximum is ${formatDuration(max)}.`;
  return reply(c, { status: 400, text });
}

/** Waits for the delay of a request. Rejects if the client disconnects. */
export function wait(c: Context<Env>, delay: Milliseconds): Promise<void> | undefined {
  c.get("request").delay = delay;
  // Creating the signal of a request takes a microsecond.
  return delay > 0 ? waitUntil(performance.now() + delay, c.req.raw.signal) : undefined;
}
