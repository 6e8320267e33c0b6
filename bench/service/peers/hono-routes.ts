import { setTimeout } from "node:timers/promises";
import { type Context, Hono } from "hono";

/** `/` after a delay drawn from 0 to 2 s, and `/delay/250` after as many milliseconds, without a timer when that is 0. */
export function withRoutes(app: Hono = new Hono()): Hono {
  app.get("/delay/:milliseconds", (context) => after(Number(context.req.param("milliseconds")), context));
  app.get("/", (context) => after(Math.round(Math.random() * 2e6) / 1000, context));
  return app;
}

async function after(delay: number, context: Context): Promise<Response> {
  if (delay > 0) await setTimeout(delay);
  return context.text(`Served after ${delay} ms.\n`, 200, { "Server-Timing": `delay;dur=${delay}` });
}
