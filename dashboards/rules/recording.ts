import type { DashboardOptions } from "../options.ts";
import type { Metric } from "../promql/metric.ts";
import { promDuration, type Vector } from "../promql/selector.ts";
import { latencyQuantileByRoute, quantiles } from "../queries/latency.ts";
import {
  brokenRate,
  budgetLeft,
  burnRateOver,
  kept,
  objectiveOf,
  recent,
  type Slo,
  slos,
} from "../queries/objectives.ts";
import { errorRatio, requestRate, type Scope, serversOf } from "../queries/traffic.ts";
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
        rules: slos.map((slo) => keep(kept.budgetLeft, budgetLeft(slo, objectives), { slo })),
      },
    ],
  };
}

function byRoute(servers: Scope): RecordingRule[] {
  const { range, rate, errors, quantile } = recent;
  return [
    keep(rate, requestRate(["route"], servers, range), {}),
    keep(errors, errorRatio(["route"], servers, range), {}),
    ...quantiles.map((q) => keep(quantile, latencyQuantileByRoute(q, servers, range), { quantile: q })),
  ];
}

function burning(slo: Slo, objectives: Objectives, servers: Scope): RecordingRule[] {
  return [
    keep(kept.requests, requestRate([], servers, objectives.base), { slo }),
    keep(kept.errors, brokenRate(slo, objectives, servers), { slo }),
    keep(kept.objective, objectiveOf(slo, objectives), { slo }),
    ...objectives.windows.map((window) =>
      keep(kept.burnRate, burnRateOver(window, slo, objectives), { slo, window }),
    ),
  ];
}

/** A rule must set the labels that its query's series lack. */
function keep<M extends Metric, L extends string>(
  metric: M,
  { text }: Vector<L>,
  labels: { readonly [Label in Exclude<M["labels"][number], L>]: string } & {
    readonly [Label in M["labels"][number]]?: string;
  },
): RecordingRule {
  return { record: metric.name, expr: text, labels };
}
