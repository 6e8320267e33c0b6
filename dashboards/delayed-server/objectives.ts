import * as common from "@grafana/grafana-foundation-sdk/common";
import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Section } from "../layout.ts";
import { stat, thresholds, timeseries } from "../panels.ts";
import { kept, type Slo, series } from "../queries.ts";
import { type ObjectiveOptions, type Objectives, objectivesOf } from "../rules/objectives.ts";

const everyServer = "All servers of this stack together, regardless of the variables above.";

export function objectives(options: ObjectiveOptions): Section {
  const all = objectivesOf(options);
  const { threshold, period } = all;
  const promises = stat(
    "Objectives",
    units.PercentUnit,
    "Share of requests that must not fail with a status of 500 or above, and share of requests that must not take " +
      `longer than ${threshold} s. ${everyServer}`,
    {
      "must succeed": series(kept.objective, { slo: "availability" }),
      [`must take at most ${threshold} s`]: series(kept.objective, { slo: "latency" }),
    },
  ).graphMode(common.BigValueGraphMode.None);
  const budgets = stat(
    "Error budget remaining",
    units.PercentUnit,
    `Share of the requests that may still miss each objective in ${period}. Below zero, the objective is missed. ${everyServer}`,
    { "{{slo}}": series(kept.budgetLeft) },
  )
    .decimals(1)
    .thresholds(thresholds("red", [0, "orange"], [0.25, "green"]));
  return {
    title: "Objectives",
    strips: [
      { height: 4, panels: [promises, budgets] },
      { height: 8, panels: [burnRates("availability", all), burnRates("latency", all)] },
    ],
  };
}

/** The burn rates over every window of the alerts, with the alerts' limits. */
function burnRates(slo: Slo, { alerts }: Objectives) {
  const limits = alerts.map(
    ({ severity, rate, long, short }) => `${severity} above ${rate} over ${long} and ${short}`,
  );
  const rates = [...new Set(alerts.map(({ rate }) => rate))].sort((a, b) => a - b);
  const severest = rates.at(-1);
  return timeseries(
    `${slo === "availability" ? "Availability" : "Latency"}: burn rate`,
    units.Short,
    "How many times faster than allowed the error budget is spent, over each window of the alerts. At 1 it lasts exactly " +
      `its period. An alert fires if both of its windows are above its rate: ${limits.join(", ")}. ${everyServer}`,
    { "over {{window}}": series(kept.burnRate, { slo }) },
  )
    .thresholds(
      thresholds("green", ...rates.map((rate) => [rate, rate === severest ? "red" : "orange"] as const)),
    )
    .thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphTresholdsStyleMode.Dashed),
    )
    .axisSoftMax(1);
}
