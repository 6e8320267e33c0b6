// Hono with its Prometheus middleware, as in its documentation.
import { serve } from "@hono/node-server";
import { prometheus } from "@hono/prometheus";
import { Hono } from "hono";
import { withRoutes } from "./hono-routes.ts";

const app = new Hono();
const { printMetrics, registerMetrics } = prometheus();
app.use("*", registerMetrics);
app.get("/metrics", printMetrics);
withRoutes(app);
serve({ fetch: app.fetch, port: Number(process.argv[2]) });
