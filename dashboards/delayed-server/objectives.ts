import * as common from "@grafana/grafana-foundation-sdk/common";
import * as units from "@grafana/grafana-foundation-sdk/units";
import { stat, thresholds, timeseries } from "../panels.ts";
import { firingAlerts, kept, type Slo, series } from "../queries.ts";
import type { Objectives } from "../rules/objectives.ts";

export const alertsNow = () =>
  stat(
    "Alerts firing",
    units.Short,
    "Number of firing alerts about the delayed server. Grafana's page Alerting lists them.",
    { firing: `count(${firingAlerts})\nor vector(0)` },
  )
    .decimals(0)
    .thresholds(thresholds("green", [1, "red"]));

const everyServer = "All servers of this stack together, regardless of the variables above.";

export const promises = ({ threshold }: Objectives) =>
  stat(
    "Objectives",
    units.PercentUnit,
    "Share of requests that must not fail with a status of 500 or above, and share of requests that must not take " +
      `longer than ${threshold} s. ${everyServer}`,
    {
      "must succeed": series(kept.objective, { slo: "availability" }),
      [`must take at most ${threshold} s`]: series(kept.objective, { slo: "latency" }),
    },
  ).graphMode(common.BigValueGraphMode.None);

export const budgets = ({ period }: Objectives) =>
  stat(
    "Error budget remaining",
    units.PercentUnit,
    `Share of the requests that may still miss each objective in ${period}. Below zero, the objective is missed. ${everyServer}`,
    { "{{slo}}": series(kept.budgetLeft) },
  )
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
