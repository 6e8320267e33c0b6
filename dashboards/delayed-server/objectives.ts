import * as units from "@grafana/grafana-foundation-sdk/units";
import {
  byThresholds,
  noGraph,
  rangeQuery,
  stat,
  thresholdLines,
  thresholds,
  timeseries,
} from "../panels.ts";
import { count } from "../promql/functions.ts";
import { orZero } from "../promql/operators.ts";
import { matches, series } from "../promql/selector.ts";
import { alerts } from "../queries/metrics.ts";
import { kept, type Slo } from "../queries/objectives.ts";
import type { Objectives } from "../rules/objectives.ts";

const everyServer = "All servers of this stack together, regardless of the variables above.";

export const promises = ({ threshold }: Objectives) =>
  stat(
    {
      title: "Objectives",
      description:
        "Share of requests that must not fail with a status of 500 or above, and share of requests that must not take " +
        `longer than ${threshold} s. ${everyServer}`,
      unit: units.PercentUnit,
    },
    rangeQuery(series(kept.objective, { slo: "availability" }), "must succeed"),
    rangeQuery(series(kept.objective, { slo: "latency" }), `must take at most ${threshold} s`),
  ).graphMode(noGraph);

export const budgets = ({ period }: Objectives) =>
  stat(
    {
      title: "Error budget remaining",
      description: `Share of the requests that may still miss each objective in ${period}. Below zero, the objective is missed. ${everyServer}`,
      unit: units.PercentUnit,
    },
    rangeQuery(series(kept.budgetLeft), ({ slo }) => slo),
  )
    .decimals(1)
    .colorScheme(byThresholds())
    .thresholds(thresholds("red", [0, "orange"], [0.25, "green"]));

export const firing = () =>
  stat(
    {
      title: "Alerts firing",
      description: "Number of firing alerts about the delayed server. Grafana's page Alerting lists them.",
      unit: units.Short,
    },
    rangeQuery(
      orZero(count([], series(alerts, { alertname: matches("DelayedServer.+"), alertstate: "firing" }))),
      "firing",
    ),
  )
    .decimals(0)
    .colorScheme(byThresholds())
    .thresholds(thresholds("green", [1, "red"]));

/** The burn rates over every window of the alerts, with the alerts' limits. */
export function burnRates(slo: Slo, { alerts: conditions }: Objectives) {
  const panel = timeseries(
    {
      title: `${capitalized(slo)}: burn rate`,
      description:
        "How many times faster than allowed the error budget is spent, over each window of the alerts. At 1 it lasts exactly " +
        `its period. An alert fires if both of its windows are above its rate: ${conditions
          .map(({ severity, rate, long, short }) => `${severity} above ${rate} over ${long} and ${short}`)
          .join(", ")}. ${everyServer}`,
      unit: units.Short,
    },
    [rangeQuery(series(kept.burnRate, { slo }), ({ window }) => `over ${window}`)],
  );
  const rates = [...new Set(conditions.map(({ rate }) => rate))].sort((a, b) => a - b);
  return panel
    .thresholds(
      thresholds(
        "green",
        ...rates.map((rate, i) => [rate, i === rates.length - 1 ? "red" : "orange"] as const),
      ),
    )
    .axisSoftMax(1)
    .thresholdsStyle(thresholdLines());
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
