import assert from "node:assert/strict";
import { test } from "node:test";
import { mainApp, metricsApp } from "./app.ts";
import { seededDraws } from "./delay/draws.ts";
import { Log } from "./log/log.ts";
import { serverMetrics } from "./metrics/metrics.ts";
import { measuredRoutes, watchingRoutes } from "./route-names.ts";
import { readServerSettings } from "./settings.ts";

function service(texts: Parameters<typeof readServerSettings>[0] = {}) {
  const settings = readServerSettings(texts).values;
  assert.ok(settings);
  const metrics = serverMetrics(settings, {
    droppedLogLines: () => 0,
    openConnections: async () => 0,
    build: { version: "1.2.3", revision: "test" },
  });
  const log = new Log(() => {}, settings);
  return { settings, draws: seededDraws(settings, "seed"), metrics, log, stopping: false, requests: 0 };
}

const pathsOf = ({ routes }: ReturnType<typeof mainApp>) => new Set(routes.map(({ path }) => path));

test("Hono serves every route", () => {
  const all = new Set<string>(Object.values({ ...measuredRoutes, ...watchingRoutes }));
  assert.deepEqual(pathsOf(mainApp(service())), all);
});

test("Hono serves metrics and probes on the separate port, and no metrics on the main port", () => {
  const separate = service({ metricsPort: "19005" });
  assert.deepEqual(pathsOf(metricsApp(separate)), new Set(["/healthz", "/readyz", "/metrics", "/*"]));
  assert.equal(pathsOf(mainApp(separate)).has("/metrics"), false);
});
