import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { documented, readme } from "./readme-tables.ts";
import { loadSettings } from "./src/load/settings.ts";
import { metrics } from "./src/metrics/definitions.ts";
import { measuredRoutes, watchingRoutes } from "./src/route-names.ts";
import { environmentVariable } from "./src/setting-kinds.ts";
import { serverSettings } from "./src/settings.ts";

const text = readFileSync(readme, "utf8");

test("the tables of the README are up to date", () => {
  assert.equal(text, documented(text), "run `npm run generate`");
});

test("the README contains every setting, metric and route", () => {
  const settings = [...Object.keys(serverSettings), ...Object.keys(loadSettings)].map(environmentVariable);
  const names = Object.values(metrics).map(({ name }) => name);
  const routes = [...Object.values(measuredRoutes), ...Object.values(watchingRoutes)];
  for (const name of [...settings, ...names, ...routes]) assert.ok(text.includes(`\`${name}`), name);
});
