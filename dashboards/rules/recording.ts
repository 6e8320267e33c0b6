import { metrics } from "../../service/src/metrics/definitions.ts";
import type { DashboardOptions } from "../options.ts";
import {
  averageDelay,
  errorRate,
  errorRatio,
  kept,
  latencyQuantile,
  matches,
  promDuration,
  quantiles,
  rate,
  recent,
  requestRate,
  type Scope,
  type Slo,
  series,
  slos,
  summedOverPods,
  sumOverPods,
} from "../queries.ts";
import { type RecordingRule, type RuleFile, serversOf } from "./alerting.ts";
import { type Objectives, objectivesOf } from "./objectives.ts";

/** Records rate, errors and quantiles by route, and the state of the objectives. */
export function recordingRules(options: DashboardOptions): RuleFile<RecordingRule> {
  const objectives = objectivesOf(options);
  const servers = serversOf(options.stack);
  const interval = promDuration(options.scrapeInterval);
  return {
    groups: [
      { name: "delayed-server", interval, rules: byRoute(servers) },
      ...(options.manyPods
        ? [{ name: "delayed-server-pods", interval, rules: sumsOverPods(objectives.base) }]
        : []),
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
      expr: latencyQuantile("route", quantile, servers, range),
      labels: { quantile },
    })),
  ];
}

/** Records the sums over all pods, which panels read instead of thousands of series. */
function sumsOverPods(range: string): RecordingRule[] {
  return [
    ...Object.entries(summedOverPods).map(([name, labels]) => ({
      record: sumOverPods(name),
      expr: `sum by (${labels}) (rate(${name}[${range}]))`,
    })),
    { record: averageDelay, expr: `avg by (job, namespace, quantile) (${metrics.configuredDelay.name})` },
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

/** Requests per second that missed an objective. */
function brokenRate(slo: Slo, { threshold, base }: Objectives, where: Scope): string {
  if (slo === "availability") return errorRate("all", where, base);
  // In OpenMetrics, the bound 2 may be written 2.0.
  const le = matches(`${String(threshold).replace(".", "\\.")}(\\.0)?`);
  const fast = `sum(${rate.buckets(metrics.requestDuration, { ...where, le }, base)})`;
  return `clamp_min(${requestRate("all", where, base)} - ${fast}, 0)`;
}

/** The burn rate over a window, from the recorded rates. */
function burnRateOver(window: string, slo: Slo, objectives: Objectives): string {
  const errors = `avg_over_time(${series(kept.errors, { slo })}[${window}])`;
  const requests = `avg_over_time(${series(kept.requests, { slo })}[${window}])`;
  const budget = Number((1 - objectives[slo]).toPrecision(6));
  return `${errors} / ${requests} / ${budget}`;
}
