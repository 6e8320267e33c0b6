import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";

type Values = Record<string, unknown>;

/**
 * The default values of loki-stack and of the charts in it, as one tree, read
 * from the chart that E2E_CHART names (a .tgz, as `lokiStackChart` takes it).
 */
export function chartDefaults(): { defaults: Values; missing: string | false } {
  const chart = process.env.E2E_CHART;
  if (chart === undefined || !existsSync(chart)) {
    return { defaults: {}, missing: "E2E_CHART names no chart to hold the values against" };
  }
  const folder = mkdtempSync(join(tmpdir(), "latency-lab-chart-"));
  try {
    execFileSync("tar", ["-xzf", chart, "-C", folder]);
    return { defaults: defaultsOf(join(folder, "loki-stack")), missing: false };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A chart's values, with each subchart's under its name and its own changes on top. */
function defaultsOf(folder: string): Values {
  const own = (parse(readFileSync(join(folder, "values.yaml"), "utf8")) ?? {}) as Values;
  const charts = join(folder, "charts");
  const subcharts = existsSync(charts) ? readdirSync(charts) : [];
  const below = Object.fromEntries(subcharts.map((name) => [name, defaultsOf(join(charts, name))]));
  return merged(below, own);
}

function merged(base: Values, changes: Values): Values {
  const isMap = (value: unknown): value is Values =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const result = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    const before = result[key];
    result[key] = isMap(before) && isMap(value) ? merged(before, value) : value;
  }
  return result;
}
