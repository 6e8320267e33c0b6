// The same work with the usual packages: request ids, @hono/prometheus and one JSON line per request.
import { serve } from "@hono/node-server";
import { prometheus } from "@hono/prometheus";
import { Hono } from "hono";
import { requestId } from "hono/request-id";
import { pino } from "pino";
import { withRoutes } from "./hono-routes.ts";

const log = pino(pino.destination({ sync: false }));
const app = new Hono();
const { printMetrics, registerMetrics } = prometheus();
app.use("*", requestId());
app.use("*", registerMetrics);
app.use("*", async (c, next) => {
  const began = performance.now();
  await next();
  log.info({
    request_id: c.get("requestId"),
    method: c.req.method,
    path: c.req.path,
    status: c.res.status,
    duration_ms: performance.now() - began,
    user_agent: c.req.header("User-Agent"),
  });
});
app.get("/metrics", printMetrics);
withRoutes(app);
serve({ fetch: app.fetch, port: Number(process.argv[2]) });
