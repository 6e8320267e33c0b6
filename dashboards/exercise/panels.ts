import * as units from "@grafana/grafana-foundation-sdk/units";
import { metrics } from "../../service/src/metrics/definitions.ts";
import {
  heatmap,
  heatmapQuery,
  rangeQuery,
  stackedTimeseries,
  table,
  tableQuery,
  timeseries,
} from "../panels.ts";
import { count, rate, sum } from "../promql/functions.ts";
import { and } from "../promql/operators.ts";
import { anySeries, buckets, counts, matches, series } from "../promql/selector.ts";
import {
  configuredDelay,
  drawn,
  errorOf,
  latencyHistogram,
  latencyQuantile,
  measuredQuantiles,
  naiveQuantile,
  naiveQuantiles,
  percentile,
  type Quantile,
} from "../queries/latency.ts";
import { scraping } from "../queries/metrics.ts";
import { recent } from "../queries/objectives.ts";
import { chosenServers as where } from "../queries/traffic.ts";

const over = "$__rate_interval";
const { executionLatency, requestDuration, buildInfo } = metrics;

/** The quantiles that the exercise asks for. */
const exerciseQuantiles = ["0.5", "0.9", "0.99"] as const satisfies readonly Quantile[];

const targets = series(scraping.up, where);

export const targetIsUp = () =>
  timeseries(
    {
      title: "up: did the target answer?",
      description: "1 if the last scrape of a delayed server succeeded, 0 if it failed.",
      unit: units.Short,
    },
    [
      rangeQuery(
        // `up` exists for every target; keep only those with the server's metrics.
        and(targets, series(buildInfo, where), { on: ["job", "instance"] }),
        ({ job, instance }) => `${job} ${instance}`,
      ),
    ],
  ).axisSoftMax(1);

/** Number of series of each of the server's metrics. */
export const whatIsScraped = () =>
  table(
    {
      title: "Series of the server, by metric",
      description: "The delayed server's metrics by name, and the number of series of each.",
      unit: units.String,
    },
    [tableQuery(count(["__name__"], anySeries(matches("http.+"), where)))],
  )
    .withTransformation({
      id: "filterFieldsByName",
      options: { include: { pattern: "^(__name__|Value.*)$" } },
    })
    .overrideByName("__name__", [{ id: "displayName", value: "metric" }])
    .overrideByName("Value", [
      { id: "displayName", value: "series" },
      { id: "unit", value: units.Short },
      { id: "custom.width", value: 90 },
    ]);

export const rawBuckets = () =>
  timeseries(
    {
      title: "httpserver_execution_latency_seconds_bucket",
      description:
        'The cumulative counters of the step "total", one per bound le, as the server exposes them.',
      unit: units.Short,
    },
    [rangeQuery(sum(["le"], buckets(executionLatency, where, { step: "total" })), ({ le }) => le)],
  ).fillOpacity(0);

export const rawRate = () =>
  stackedTimeseries(
    {
      title: "rate(http_request_duration_seconds_count)",
      description: "Answered requests per second by route: the rate at which the histogram's count grows.",
      unit: units.RequestsPerSecond,
    },
    [rangeQuery(sum(["route"], rate(counts(requestDuration, where), over)), ({ route }) => route)],
  );

export const quantilesOverTime = () =>
  timeseries(
    {
      title: "p50, p90, p99 of the random delays",
      description: "Measured quantiles of the requests to / (solid) and configured quantiles (dashed).",
      unit: units.Seconds,
    },
    [
      ...exerciseQuantiles.map((quantile) =>
        rangeQuery(latencyQuantile(quantile, { ...where, ...drawn }, over), percentile(quantile)),
      ),
      rangeQuery(configuredDelay(where), ({ quantile }) => `configured ${quantile}`),
    ],
  )
    .fillOpacity(0)
    .overrideByRegexp("configured .*", [{ id: "custom.lineStyle", value: { fill: "dash", dash: [6, 6] } }]);

/** The same from the recorded series. */
export const keptQuantiles = () =>
  timeseries(
    {
      title: "From a recording rule: quantiles of route / over five minutes",
      description:
        "Results of a recording rule for all servers of this stack together. They are computed in advance, " +
        "so a long time range is fast as well.",
      unit: units.Seconds,
    },
    [rangeQuery(series(recent.quantile, drawn), ({ quantile }) => quantile)],
  ).fillOpacity(0);

export const heat = () =>
  heatmap(
    {
      title: "The distribution over time",
      description: "Number of requests to / in each bucket; the warmer the color, the more requests.",
      unit: units.Seconds,
    },
    heatmapQuery(latencyHistogram({ ...where, ...drawn }, over))
      .range()
      .exemplar(true),
  );

export const goodBuckets = () =>
  timeseries(
    {
      title: "With buckets that follow from the delays",
      description: "p50, p90 and p99 of the requests to /, computed from buckets that cover every delay.",
      unit: units.Seconds,
    },
    exerciseQuantiles.map((quantile) =>
      rangeQuery(latencyQuantile(quantile, { ...where, ...drawn }, over), percentile(quantile)),
    ),
  )
    .fillOpacity(0)
    .axisSoftMax(2);

export const badBuckets = () =>
  timeseries(
    {
      title: "The same requests in buckets 0.1 s × 1.5^k",
      description: "p50, p90 and p99 of the same requests, computed from buckets that end at half a second.",
      unit: units.Seconds,
    },
    exerciseQuantiles.map((quantile) =>
      rangeQuery(naiveQuantile(quantile, where, over), percentile(quantile)),
    ),
  )
    .fillOpacity(0)
    .axisSoftMax(2);

export const errors = () =>
  timeseries(
    {
      title: "Error compared with the configured delays",
      description:
        "Error of each quantile compared with the configured delays, with good and with bad buckets.",
      unit: units.PercentUnit,
    },
    [
      rangeQuery(
        errorOf(measuredQuantiles(where, over), where),
        ({ quantile }) => `good buckets ${quantile}`,
      ),
      rangeQuery(errorOf(naiveQuantiles(where, over), where), ({ quantile }) => `bad buckets ${quantile}`),
    ],
  ).fillOpacity(0);
