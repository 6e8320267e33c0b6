import { Hono } from "hono";
import { compress } from "hono/compress";
import { methodNotAllowed } from "hono/method-not-allowed";
import type { Env } from "./env.ts";
import { receiveBody } from "./middleware/body.ts";
import { measure } from "./middleware/measure.ts";
import { requestId } from "./middleware/request-id.ts";
import { trace } from "./middleware/trace.ts";
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
const gzip = compress({ encoding: "gzip", contentTypeFilter: /text/ });

/** The main port; the metrics are on it too unless they have a port of their own. */
export function mainApp(service: Service): Hono<Env> {
  const { settings, metrics } = service;
  const app = new Hono<Env>();

  app.use(measure(service));
  app.use(requestId);
  app.use(trace);
  app.use(receiveBody(settings.maxBodySize));

  app.on(anyMethod, measuredRoutes.drawn, root(service));
  app.on(anyMethod, measuredRoutes.asked, askedDelay(service));
  app.on(anyMethod, measuredRoutes.status, askedStatus(service));
  app.get(watchingRoutes.health, healthz);
  app.get(watchingRoutes.ready, readyz);
  app.get(watchingRoutes.distribution, distribution(service));
  if (settings.metricsPort === undefined) {
    app.get(watchingRoutes.metrics, gzip, metricsRoute(metrics.exposition));
  }

  return withTheRest(app, service);
}

/** A port that only serves metrics. */
export function metricsApp(service: Service): Hono<Env> {
  const app = new Hono<Env>();
  app.use(measure(service));
  app.use(requestId);
  app.get(watchingRoutes.health, healthz);
  app.get(watchingRoutes.ready, readyz);
  app.get(watchingRoutes.metrics, gzip, metricsRoute(service.metrics.exposition));
  return withTheRest(app, service);
}

/** What no route serves. It is the last route itself, so that no other request passes through it. */
function withTheRest(app: Hono<Env>, service: Service): Hono<Env> {
  app.all(measuredRoutes.unknown, methodNotAllowed({ app, onMethodNotAllowed: methodUnknown }));
  app.notFound(notFound);
  app.onError(failed(service));
  return app;
}
