import { MappingType, type ValueMapping } from "@grafana/grafana-foundation-sdk/dashboard";
import * as units from "@grafana/grafana-foundation-sdk/units";
import { colored, dashed, offBy, rangeQuery, table, tableQuery, timeseries } from "../panels.ts";
import {
  configuredDelay,
  drawn,
  errorOf,
  latencyQuantile,
  measuredQuantiles,
  naiveQuantiles,
  percentile,
  type Quantile,
  quantiles,
} from "../queries/latency.ts";
import { chosenServers } from "../queries/traffic.ts";

/** One color per quantile, readable on both the light and the dark theme. */
const colors = {
  "0.5": "semi-dark-green",
  "0.9": "semi-dark-blue",
  "0.95": "semi-dark-purple",
  "0.99": "semi-dark-orange",
};

/** Measured quantiles over time, with the configured ones as dashed lines of the same color. */
export function measuredAndConfigured() {
  const where = { ...chosenServers, ...drawn };
  const panel = timeseries(
    {
      title: "Measured and configured",
      description:
        "Quantiles of the requests with random delays (route /): solid lines are measured, dashed lines are configured. " +
        "Each dot is one request (an exemplar): click it to open its log line.",
      unit: units.Seconds,
    },
    [
      ...quantiles.map((quantile) =>
        rangeQuery(latencyQuantile(quantile, where, "$__rate_interval"), percentile(quantile)).exemplar(
          // One query returns the exemplars of all buckets; more would return duplicates.
          quantile === "0.99",
        ),
      ),
      rangeQuery(configuredDelay(chosenServers), ({ quantile }) => `configured ${quantile}`),
    ],
  ).fillOpacity(0);
  for (const quantile of quantiles) {
    panel.overrideByName(percentile(quantile), colored(colors[quantile]));
    panel.overrideByName(`configured ${quantile}`, dashed(colors[quantile]));
  }
  return panel;
}

/** Display name of a quantile, such as `p99`. */
function named(all: readonly Quantile[]): ValueMapping {
  const options = Object.fromEntries(all.map((quantile) => [quantile, { text: percentile(quantile) }]));
  return { type: MappingType.ValueToText, options };
}

/** Quantiles over the selected time range: configured, measured, and measured with bad buckets. */
export function groundTruth({ naiveBuckets }: { naiveBuckets: boolean }) {
  const measured = measuredQuantiles(chosenServers, "$__range");
  const naive = naiveQuantiles(chosenServers, "$__range");
  const columns = [
    { name: "configured", query: configuredDelay(chosenServers), unit: units.Seconds },
    { name: "measured", query: measured, unit: units.Seconds },
    { name: "error", query: errorOf(measured, chosenServers), unit: units.PercentUnit },
    ...(naiveBuckets
      ? [
          { name: "bad buckets", query: naive, unit: units.Seconds },
          { name: "their error", query: errorOf(naive, chosenServers), unit: units.PercentUnit },
        ]
      : []),
  ];
  const refIds = "ABCDEF";
  const panel = table(
    {
      title: "Ground truth",
      description:
        "Quantiles of the requests with random delays (route /) in the selected time range: as configured, as measured with the buckets " +
        "that follow from the configuration, and as measured with the buckets 0.1 s × 1.5^k, which end at half a second. " +
        "More requests give a smaller error: by chance alone, the p50 of 10,000 uniform delays is off by about 1 %.",
      unit: units.String,
    },
    columns.map(({ query }) => tableQuery(query)),
  )
    .withTransformation({ id: "joinByField", options: { byField: "quantile", mode: "outer" } })
    .withTransformation({
      id: "filterFieldsByName",
      options: { include: { pattern: "^(quantile|Value.*)$" } },
    });
  panel.overrideByName("quantile", [{ id: "mappings", value: [named(quantiles)] }]);
  columns.forEach(({ name, unit }, index) => {
    panel.overrideByName(`Value #${refIds[index]}`, [
      { id: "displayName", value: name },
      { id: "unit", value: unit },
      { id: "decimals", value: unit === units.Seconds ? 3 : 2 },
      ...(unit === units.PercentUnit
        ? [
            { id: "thresholds", value: offBy(0.03, 0.1).build() },
            { id: "custom.cellOptions", value: { type: "color-text" } },
          ]
        : []),
    ]);
  });
  return panel;
}
