import * as common from "@grafana/grafana-foundation-sdk/common";
import * as units from "@grafana/grafana-foundation-sdk/units";
import { rangeQuery, stat, thresholds, timeseries } from "../panels.ts";
import { series } from "../promql.ts";
import { kept, type Slo } from "../queries.ts";
import type { Objectives } from "../rules/objectives.ts";

const everyServer = "All servers of this stack together, regardless of the variables above.";

export const promises = ({ threshold }: Objectives) =>
  stat(
    "Objectives",
    "Share of requests that must not fail with a status of 500 or above, and share of requests that must not take " +
      `longer than ${threshold} s. ${everyServer}`,
  )
    .unit(units.PercentUnit)
    .withTarget(rangeQuery(series(kept.objective, { slo: "availability" }), "must succeed"))
    .withTarget(rangeQuery(series(kept.objective, { slo: "latency" }), `must take at most ${threshold} s`))
    .graphMode(common.BigValueGraphMode.None);

export const budgets = ({ period }: Objectives) =>
  stat(
    "Error budget remaining",
    `Share of the requests that may still miss each objective in ${period}. Below zero, the objective is missed. ${everyServer}`,
  )
    .unit(units.PercentUnit)
    .withTarget(rangeQuery(series(kept.budgetLeft), "{{slo}}"))
    .decimals(1)
    .thresholds(thresholds("red", [0, "orange"], [0.25, "green"]));

/** The burn rates over every window of the alerts, with the alerts' limits. */
export function burnRates(slo: Slo, { alerts }: Objectives) {
  const limits = alerts.map(
    ({ severity, rate, long, short }) => `${severity} above ${rate} over ${long} and ${short}`,
  );
  const rates = [...new Set(alerts.map(({ rate }) => rate))].sort((a, b) => a - b);
  const severest = rates.at(-1);
  return timeseries(
    `${slo === "availability" ? "Availability" : "Latency"}: burn rate`,
    "How many times faster than allowed the error budget is spent, over each window of the alerts. At 1 it lasts exactly " +
      `its period. An alert fires if both of its windows are above its rate: ${limits.join(", ")}. ${everyServer}`,
  )
    .unit(units.Short)
    .withTarget(rangeQuery(series(kept.burnRate, { slo }), "over {{window}}"))
    .thresholds(
      thresholds("green", ...rates.map((rate) => [rate, rate === severest ? "red" : "orange"] as const)),
    )
    .thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphTresholdsStyleMode.Dashed),
    )
    .axisSoftMax(1);
}
