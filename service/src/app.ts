import { Hono } from "hono";
import { compress } from "hono/compress";
import { methodNotAllowed } from "hono/method-not-allowed";
import type { Env } from "./env.ts";
import { receiveBody } from "./middleware/body.ts";
import { identify } from "./middleware/identify.ts";
import { measure } from "./middleware/measure.ts";
import { askedDelay } from "./routes/delay.ts";
import { distribution } from "./routes/distribution.ts";
import { metricsRoute } from "./routes/metrics.ts";
import { healthz, readyz } from "./routes/probes.ts";
import { root } from "./routes/root.ts";
import { askedStatus } from "./routes/status.ts";
import { failed, methodUnknown, notFound } from "./routes/unknown.ts";
import { measuredRoutes, watchingRoutes } from "./routes.ts";
import type { Service } from "./service.ts";

const anyMethod = ["GET", "POST", "PUT", "PATCH", "DELETE"];
/** Others may have a body too; it is thrown away when the response is sent. */
const withBody = [...anyMethod.slice(1), "OPTIONS"];
const gzip = compress({ encoding: "gzip", contentTypeFilter: /text/ });

/** The main port; the metrics are on it too unless they have a port of their own. */
export function mainApp(service: Service): Hono<Env> {
  const { settings, metrics } = service;
  const app = new Hono<Env>();
  app.use(measure(service));
  app.use(identify);
  app.on(withBody, "*", receiveBody(settings.maxBodySize));

  const routes = new Hono<Env>();
  routes.on(anyMethod, measuredRoutes.drawn, root(service));
  routes.on(anyMethod, measuredRoutes.asked, askedDelay(service));
  routes.on(anyMethod, measuredRoutes.status, askedStatus(service));
  routes.get(watchingRoutes.health, healthz);
  routes.get(watchingRoutes.ready, readyz);
  routes.get(watchingRoutes.distribution, distribution(service));
  if (settings.metricsPort === undefined) {
    routes.get(watchingRoutes.metrics, gzip, metricsRoute(metrics.exposition));
  }
  return complete(app, routes, service);
}

/** A port that only serves metrics. */
export function metricsApp(service: Service): Hono<Env> {
  const app = new Hono<Env>();
  app.use(measure(service));
  app.use(identify);

  const routes = new Hono<Env>();
  routes.get(watchingRoutes.health, healthz);
  routes.get(watchingRoutes.ready, readyz);
  routes.get(watchingRoutes.metrics, gzip, metricsRoute(service.metrics.exposition));
  return complete(app, routes, service);
}

/** The routes, and what none of them serves: the last route itself, so that no other request passes through it. */
function complete(app: Hono<Env>, routes: Hono<Env>, service: Service): Hono<Env> {
  app.route("/", routes);
  // Asked of the routes alone: the middleware for bodies has methods too.
  app.all(measuredRoutes.unknown, methodNotAllowed({ app: routes, onMethodNotAllowed: methodUnknown }));
  app.notFound(notFound);
  app.onError(failed(service));
  return app;
}
