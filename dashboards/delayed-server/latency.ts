import { MappingType } from "@grafana/grafana-foundation-sdk/dashboard";
import * as units from "@grafana/grafana-foundation-sdk/units";
import {
  barChart,
  bucketQuery,
  colored,
  dashed,
  heatmap,
  instantQuery,
  offBy,
  rangeQuery,
  stat,
  table,
  tableQuery,
  timeseries,
} from "../panels.ts";
import {
  chosenRequests,
  chosenServers,
  configuredDelay,
  drawn,
  errorOf,
  latencyHistogram,
  latencyQuantile,
  measuredQuantiles,
  naiveQuantiles,
  percentile,
  quantiles,
} from "../queries.ts";

export const quantilesNow = () =>
  stat(
    "Latency",
    units.Seconds,
    "p50, p90 and p99 of the selected requests: 50 %, 90 % and 99 % of them took at most this long.",
  )
    .targets(
      (["0.5", "0.9", "0.99"] as const).map((quantile) =>
        instantQuery(
          latencyQuantile("all", quantile, chosenRequests, "$__rate_interval"),
          percentile(quantile),
        ),
      ),
    )
    .decimals(2);

export function largestError() {
  const errors = errorOf(measuredQuantiles(chosenServers, "$__range"), chosenServers);
  return stat(
    "Largest error",
    units.PercentUnit,
    "Largest error of the measured p50, p90, p95 and p99 in the selected time range, compared with the configured delays. " +
      "By chance alone, the p50 of 10,000 uniform delays is off by about 1 %, of 1,000 by about 3 %.",
  )
    .withTarget(instantQuery(`max(abs(${errors}))`, "error"))
    .decimals(2)
    .thresholds(offBy(0.03, 0.1));
}

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
    "Measured and configured",
    units.Seconds,
    "Quantiles of the requests with random delays (route /): solid lines are measured, dashed lines are configured. " +
      "Each dot is one request (an exemplar): click it to open its log line.",
  ).fillOpacity(0);
  for (const quantile of quantiles) {
    panel
      .withTarget(
        rangeQuery(latencyQuantile("all", quantile, where, "$__rate_interval"), percentile(quantile))
          // One query returns the exemplars of all buckets; more would return duplicates.
          .exemplar(quantile === "0.99"),
      )
      .overrideByName(percentile(quantile), colored(colors[quantile]))
      .overrideByName(`configured ${quantile}`, [...colored(colors[quantile]), dashed]);
  }
  return panel.withTarget(rangeQuery(configuredDelay(chosenServers), "configured {{quantile}}"));
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
  const names = Object.fromEntries(quantiles.map((quantile) => [quantile, { text: percentile(quantile) }]));
  const panel = table(
    "Ground truth",
    "Quantiles of the requests with random delays (route /) in the selected time range: as configured, as measured with the buckets " +
      "that follow from the configuration, and as measured with the buckets 0.1 s × 1.5^k, which end at half a second. " +
      "More requests give a smaller error: by chance alone, the p50 of 10,000 uniform delays is off by about 1 %.",
  )
    .targets(columns.map(({ query }) => tableQuery(query)))
    .withTransformation({ id: "joinByField", options: { byField: "quantile", mode: "outer" } })
    .withTransformation({
      id: "filterFieldsByName",
      options: { include: { pattern: "^(quantile|Value.*)$" } },
    })
    .overrideByName("quantile", [
      { id: "mappings", value: [{ type: MappingType.ValueToText, options: names }] },
    ]);
  columns.forEach(({ name, unit }, index) => {
    panel.overrideByName(`Value #${"ABCDE"[index]}`, [
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

export const latencyOverTime = () =>
  heatmap(
    "Latency over time",
    "Distribution of the latency over time. Each cell is a bucket; the warmer its color, the more requests. " +
      "Uniform delays form an even band from the shortest to the longest. Each dot is one request: " +
      "click it to open its log line.",
  ).withTarget(bucketQuery(latencyHistogram(chosenRequests, "$__rate_interval")).range().exemplar(true));

export const latencyNow = () =>
  barChart(
    "Latency in the selected time range",
    "Number of requests in each bucket in the selected time range. The number below a bar is the bucket's upper bound in seconds. " +
      "The buckets follow from the configured delays: with uniform delays, all bars up to the longest delay are equally high.",
  )
    .withTarget(bucketQuery(latencyHistogram(chosenRequests, "$__range")).instant())
    .decimals(0);
