import type { DashboardOptions } from "../options.ts";
import { promDuration } from "../promql.ts";
import {
  brokenRate,
  burnRateOver,
  errorRatio,
  kept,
  latencyQuantileByRoute,
  quantiles,
  recent,
  requestRate,
  type Scope,
  type Slo,
  serversOf,
  slos,
} from "../queries.ts";
import type { RecordingRule, RuleFile } from "./alerting.ts";
import { type Objectives, objectivesOf } from "./objectives.ts";

/** Records rate, errors and quantiles by route, and the state of the objectives. */
export function recordingRules(options: DashboardOptions): RuleFile<RecordingRule> {
  const objectives = objectivesOf(options.objectives, options.delays, options.scrapeInterval);
  const servers = serversOf(options.stack);
  const interval = promDuration(options.scrapeInterval);
  return {
    groups: [
      { name: "delayed-server", interval, rules: byRoute(servers) },
      {
        name: "delayed-server-objectives",
        interval,
        rules: slos.flatMap((slo) => burning(slo, objectives, servers)),
      },
      {
        name: "delayed-server-budget",
        // A long period changes slowly, and averaging it is expensive.
        interval: promDuration(
          options.scrapeInterval * Math.ceil(objectives.periodSeconds / 2000 / options.scrapeInterval),
        ),
        rules: slos.map((slo) => ({
          record: kept.budgetLeft.name,
          expr: `1 - ${burnRateOver(objectives.period, slo, objectives)}`,
          labels: { slo },
        })),
      },
    ],
  };
}

function byRoute(servers: Scope): RecordingRule[] {
  const range = "5m";
  return [
    { record: recent.rate.name, expr: requestRate("route", servers, range) },
    { record: recent.errors.name, expr: errorRatio("route", servers, range) },
    ...quantiles.map((quantile) => ({
      record: recent.quantile.name,
      expr: latencyQuantileByRoute(quantile, servers, range),
      labels: { quantile },
    })),
  ];
}

function burning(slo: Slo, objectives: Objectives, servers: Scope): RecordingRule[] {
  return [
    { record: kept.requests.name, expr: requestRate("all", servers, objectives.base), labels: { slo } },
    { record: kept.errors.name, expr: brokenRate(slo, objectives, servers), labels: { slo } },
    { record: kept.objective.name, expr: `vector(${objectives[slo]})`, labels: { slo } },
    ...objectives.windows.map((window) => ({
      record: kept.burnRate.name,
      expr: burnRateOver(window, slo, objectives),
      labels: { slo, window },
    })),
  ];
}
