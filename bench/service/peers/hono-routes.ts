import { setTimeout } from "node:timers/promises";
import { type Context, Hono } from "hono";

/** Adds `/`, with a random delay from 0 to 2 s, and `/delay/250`, with a delay in milliseconds. A delay of 0 uses no timer. */
export function withRoutes(app: Hono = new Hono()): Hono {
  app.get("/delay/:milliseconds", (context) => after(Number(context.req.param("milliseconds")), context));
  app.get("/", (context) => after(Math.round(Math.random() * 2e6) / 1000, context));
  return app;
}

async function after(delay: number, context: Context): Promise<Response> {
  if (delay > 0) await setTimeout(delay);
  return context.text(`Served after ${delay} ms.\n`, 200, { "Server-Timing": `delay;dur=${delay}` });
}
