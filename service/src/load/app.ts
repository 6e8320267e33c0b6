import { Hono } from "hono";
import type { Env } from "../env.ts";
import type { Exposition } from "../metrics/exposition.ts";
import { identify } from "../middleware/identify.ts";
import { metricsRoute } from "../routes/metrics.ts";
import { healthz, readyz } from "../routes/probes.ts";
import { watchingRoutes } from "../routes.ts";

/** The port on which the load generator can be probed and scraped. */
export function loadApp(exposition: Exposition): Hono<Env> {
  const app = new Hono<Env>();
  app.use(identify);
  app.get(watchingRoutes.health, healthz);
  app.get(watchingRoutes.ready, readyz);
  app.get(watchingRoutes.metrics, metricsRoute(exposition));
  return app;
}
