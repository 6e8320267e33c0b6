import { Hono } from "hono";
import { compress } from "hono/compress";
import { methodNotAllowed } from "hono/method-not-allowed";
import { receiveBody } from "./middleware/body.ts";
import { measure } from "./middleware/measure.ts";
import type { Env } from "./request.ts";
import { measuredRoutes, watchingRoutes } from "./route-names.ts";
import { delayRoute } from "./routes/delay.ts";
import { distribution } from "./routes/distribution.ts";
import { metricsRoute } from "./routes/metrics.ts";
import { healthz, readyz } from "./routes/probes.ts";
import { root } from "./routes/root.ts";
import { statusRoute } from "./routes/status.ts";
import { failed, notFound, unsupportedMethod } from "./routes/unknown.ts";
import type { Service } from "./service.ts";

const anyMethod = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const withBody = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const gzip = compress({ encoding: "gzip", contentTypeFilter: /text/ });

/** The app on the main port. It serves `/metrics` unless `metricsPort` is set. */
export function mainApp(service: Service): Hono<Env> {
  const { settings, metrics } = service;
  const app = new Hono<Env>();
  app.use(measure(service));
  app.on(withBody, "*", receiveBody(settings.maxBodySize));

  const routes = new Hono<Env>();
  routes.on(anyMethod, measuredRoutes.drawn, root(service));
  routes.on(anyMethod, measuredRoutes.asked, delayRoute(service));
  routes.on(anyMethod, measuredRoutes.status, statusRoute(service));
  routes.get(watchingRoutes.health, healthz);
  routes.get(watchingRoutes.ready, readyz);
  routes.get(watchingRoutes.distribution, distribution(service));
  if (settings.metricsPort === undefined) {
    routes.get(watchingRoutes.metrics, gzip, metricsRoute(metrics.exposition));
  }
  return complete(app, routes, service);
}

/** The app on `metricsPort`: metrics and probes only. */
export function metricsApp(service: Service): Hono<Env> {
  const app = new Hono<Env>();
  app.use(measure(service));

  const routes = new Hono<Env>();
  routes.get(watchingRoutes.health, healthz);
  routes.get(watchingRoutes.ready, readyz);
  routes.get(watchingRoutes.metrics, gzip, metricsRoute(service.metrics.exposition));
  return complete(app, routes, service);
}

/** Adds the routes, then a catch-all for unknown paths and methods. The catch-all is a route, so only unmatched requests reach it. */
function complete(app: Hono<Env>, routes: Hono<Env>, service: Service): Hono<Env> {
  app.route("/", routes);
  // Checks `routes` only, because `app` also has the methods of the body middleware.
  app.all(measuredRoutes.unknown, methodNotAllowed({ app: routes, onMethodNotAllowed: unsupportedMethod }));
  app.notFound(notFound);
  app.onError(failed(service));
  return app;
}
