import { PanelBuilder as BarChart } from "@grafana/grafana-foundation-sdk/barchart";
import * as common from "@grafana/grafana-foundation-sdk/common";
import { type Dashboard, MappingType } from "@grafana/grafana-foundation-sdk/dashboard";
import * as units from "@grafana/grafana-foundation-sdk/units";
import { metrics } from "../../service/src/metrics/definitions.ts";
import { dashboardUids } from "../datasources.ts";
import { dashboard, type Section } from "../layout.ts";
import type { DashboardOptions } from "../options.ts";
import {
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
  thresholds,
  timeseries,
} from "../panels.ts";
import {
  chosenRequests,
  chosenServers,
  configuredDelay,
  drawn,
  errorOf,
  errorRatio,
  exemplarsOfSomePods,
  firingAlerts,
  latencyHistogram,
  latencyQuantile,
  measuredQuantiles,
  naiveQuantiles,
  panelRanges,
  percentile,
  quantiles,
  requestRate,
  series,
} from "../queries.ts";
import {
  chosenPrometheus,
  lokiVariable,
  prometheusVariable,
  requestVariable,
  routeVariable,
  serverVariables,
} from "../variables.ts";
import { logs } from "./logs.ts";
import { objectives } from "./objectives.ts";
import { process } from "./process.ts";
import { traffic } from "./traffic.ts";

/** Shows the server's traffic, whether its latency is measured correctly, and why a request was slow. */
export function delayedServer(options: DashboardOptions): Dashboard {
  return dashboard({
    uid: dashboardUids.delayedServer,
    title: "Delayed server",
    description:
      "Rate, errors and duration, the latency distribution compared with the configured delays, objectives and logs.",
    variables: [
      prometheusVariable(),
      lokiVariable(),
      ...serverVariables(options),
      routeVariable(),
      requestVariable(),
    ],
    sections: [firstScreen(options), traffic(options), objectives(options), logs(options), process()],
  });
}

/** What everyone looks at first: the current numbers, and the latency. */
function firstScreen(options: DashboardOptions): Section {
  const { rateInterval, wholeRange } = panelRanges(options);
  const errors = errorOf(measuredQuantiles, chosenServers, wholeRange);
  const now = [
    stat("Requests", units.RequestsPerSecond, "Answered requests per second, except probes and scrapes.", {
      requests: requestRate("all", chosenRequests, rateInterval),
    }),
    stat("Errors", units.PercentUnit, "Share of the answered requests with a status of 500 or above.", {
      errors: errorRatio("all", chosenRequests, rateInterval),
    }).thresholds(thresholds("green", [0.01, "orange"], [0.05, "red"])),
    stat(
      "Latency",
      units.Seconds,
      "p50, p90 and p99 of the selected requests: 50 %, 90 % and 99 % of them took at most this long.",
    )
      .targets(
        (["0.5", "0.9", "0.99"] as const).map((quantile) =>
          instantQuery(latencyQuantile("all", quantile, chosenRequests, rateInterval), percentile(quantile)),
        ),
      )
      .decimals(2),
    stat("In flight", units.Short, "Requests that have not ended yet. Most of them wait for their delay.", {
      "in flight": `sum(${series(metrics.inFlight, chosenServers)})`,
    }).decimals(0),
    stat(
      "Largest error",
      units.PercentUnit,
      "Largest error of the measured p50, p90, p95 and p99 in the selected time range, compared with the configured delays. " +
        "By chance alone, the p50 of 10,000 uniform delays is off by about 1 %, of 1,000 by about 3 %.",
    )
      .withTarget(instantQuery(`max(abs(${errors}))`, "error"))
      .decimals(2)
      .thresholds(offBy(0.03, 0.1)),
    stat(
      "Alerts firing",
      units.Short,
      "Number of firing alerts about the delayed server. Grafana's page Alerting lists them.",
      { firing: `count(${firingAlerts})\nor vector(0)` },
    )
      .decimals(0)
      .thresholds(thresholds("green", [1, "red"])),
  ];
  const overTime = heatmap(
    "Latency over time",
    "Distribution of the latency over time. Each cell is a bucket; the warmer its color, the more requests. " +
      "Uniform delays form an even band from the shortest to the longest. Each dot is one request: " +
      "click it to open its log line.",
  ).withTarget(bucketQuery(latencyHistogram(chosenRequests, rateInterval)).range().exemplar(true));
  const inRange = new BarChart()
    .title("Latency in the selected time range")
    .description(
      "Number of requests in each bucket in the selected time range. The number below a bar is the bucket's upper bound in seconds. " +
        "The buckets follow from the configured delays: with uniform delays, all bars up to the longest delay are equally high.",
    )
    .unit(units.Short)
    .datasource(chosenPrometheus)
    // A bar chart needs one row per bucket instead of one column.
    .withTransformation({ id: "reduce", options: { mode: "seriesToRows", reducers: ["lastNotNull"] } })
    .xField("Field")
    .xTickLabelSpacing(100)
    .orientation(common.VizOrientation.Vertical)
    .showValue(common.VisibilityMode.Never)
    .lineWidth(0)
    .fillOpacity(80)
    .axisSoftMin(0)
    .legend(new common.VizLegendOptionsBuilder().showLegend(false))
    .withTarget(bucketQuery(latencyHistogram(chosenRequests, wholeRange)).instant())
    .decimals(0);
  return {
    strips: [
      { height: 4, panels: now, widths: [3, 3, 9, 3, 3, 3] },
      { height: 9, panels: [measuredAndConfigured(options), groundTruth(options)] },
      { height: 9, panels: [overTime, inRange] },
    ],
  };
}

/** One color per quantile, readable on both the light and the dark theme. */
const colors = {
  "0.5": "semi-dark-green",
  "0.9": "semi-dark-blue",
  "0.95": "semi-dark-purple",
  "0.99": "semi-dark-orange",
};

/** Measured quantiles over time, with the configured ones as dashed lines of the same color. */
function measuredAndConfigured(options: DashboardOptions) {
  const where = { ...chosenServers, ...drawn };
  const panel = timeseries(
    "Measured and configured",
    units.Seconds,
    "Quantiles of the requests with random delays (route /): solid lines are measured, dashed lines are configured. " +
      "Each dot is one request (an exemplar): click it to open its log line.",
  ).fillOpacity(0);
  const { manyPods } = options;
  // One query returns the exemplars of all buckets: the first, because Grafana skips those of a metric that an
  // earlier query has.
  if (manyPods) panel.withTarget(rangeQuery(exemplarsOfSomePods(where), "").exemplar(true));
  for (const quantile of quantiles) {
    const query = latencyQuantile("all", quantile, where, panelRanges(options).rateInterval);
    panel
      .withTarget(rangeQuery(query, percentile(quantile)).exemplar(!manyPods && quantile === quantiles[0]))
      .overrideByName(percentile(quantile), colored(colors[quantile]))
      .overrideByName(`configured ${quantile}`, [...colored(colors[quantile]), dashed]);
  }
  panel.withTarget(
    rangeQuery(configuredDelay(chosenServers, panelRanges(options).rateInterval), "configured {{quantile}}"),
  );
  return panel;
}

/** Quantiles over the selected time range: configured, measured, and measured with bad buckets. */
function groundTruth(options: DashboardOptions) {
  const { wholeRange } = panelRanges(options);
  const measured = measuredQuantiles(chosenServers, wholeRange);
  const naive = naiveQuantiles(chosenServers, wholeRange);
  const columns = [
    { name: "configured", query: configuredDelay(chosenServers, wholeRange), unit: units.Seconds },
    { name: "measured", query: measured, unit: units.Seconds },
    { name: "error", query: errorOf(measuredQuantiles, chosenServers, wholeRange), unit: units.PercentUnit },
    ...(options.naiveBuckets
      ? [
          { name: "bad buckets", query: naive, unit: units.Seconds },
          {
            name: "their error",
            query: errorOf(naiveQuantiles, chosenServers, wholeRange),
            unit: units.PercentUnit,
          },
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
