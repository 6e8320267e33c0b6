import * as units from "@grafana/grafana-foundation-sdk/units";
import { metrics } from "../../service/src/metrics/definitions.ts";
import {
  bucketQuery,
  dashed,
  heatmap,
  rangeQuery,
  stackedTimeseries,
  table,
  tableQuery,
  timeseries,
} from "../panels.ts";
import { buckets, matches, selector, series } from "../promql.ts";
import {
  configuredDelay,
  drawn,
  errorOf,
  latencyHistogram,
  latencyQuantile,
  measuredQuantiles,
  naiveQuantiles,
  percentile,
  type Quantile,
  recent,
  requestRate,
  up,
  chosenServers as where,
} from "../queries.ts";

const over = "$__rate_interval";

/** The quantiles that the exercise asks for, of the requests with random delays. */
const exerciseQuantiles = ["0.5", "0.9", "0.99"] as const satisfies readonly Quantile[];

const measured = () =>
  exerciseQuantiles.map((quantile) =>
    rangeQuery(latencyQuantile(quantile, { ...where, ...drawn }, over), percentile(quantile)),
  );

export function targetIsUp() {
  // `up` exists for every target; keep only those with the server's metrics.
  const servers = `${series(up, where)} and on (job, instance) ${series(metrics.buildInfo, where)}`;
  return timeseries(
    "up: did the target answer?",
    "1 if the last scrape of a delayed server succeeded, 0 if it failed.",
  )
    .unit(units.Short)
    .withTarget(rangeQuery(servers, "{{job}} {{instance}}"))
    .axisSoftMax(1);
}

export const whatIsScraped = () =>
  table(
    "Series of the server, by metric",
    "The delayed server's metrics by name, and the number of series of each.",
  )
    .unit(units.String)
    .withTarget(
      tableQuery(`count by (__name__) (${selector("", { ...where, __name__: matches("http.+") })})`),
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
    "httpserver_execution_latency_seconds_bucket",
    'The cumulative counters of the step "total", one per bound le, as the server exposes them.',
  )
    .unit(units.Short)
    .withTarget(
      rangeQuery(`sum by (le) (${buckets(metrics.executionLatency, { ...where, step: "total" })})`, "{{le}}"),
    )
    .fillOpacity(0);

export const rawRate = () =>
  stackedTimeseries(
    "rate(http_request_duration_seconds_count)",
    "Answered requests per second by route: the rate at which the histogram's count grows.",
  )
    .unit(units.RequestsPerSecond)
    .withTarget(rangeQuery(requestRate("route", where, over), "{{route}}"));

export const quantilesOverTime = () =>
  timeseries(
    "p50, p90, p99 of the random delays",
    "Measured quantiles of the requests to / (solid) and configured quantiles (dashed).",
  )
    .unit(units.Seconds)
    .targets([...measured(), rangeQuery(configuredDelay(where), "configured {{quantile}}")])
    .fillOpacity(0)
    .overrideByRegexp("configured .*", [dashed]);

export const recordedQuantiles = () =>
  timeseries(
    "From a recording rule: quantiles of route / over five minutes",
    "Results of a recording rule for all servers of this stack together. They are computed in advance, " +
      "so a long time range is fast as well.",
  )
    .unit(units.Seconds)
    .withTarget(rangeQuery(series(recent.quantile, drawn), "{{quantile}}"))
    .fillOpacity(0);

export const heat = () =>
  heatmap(
    "The distribution over time",
    "Number of requests to / in each bucket; the warmer the color, the more requests.",
  ).withTarget(
    bucketQuery(latencyHistogram({ ...where, ...drawn }, over))
      .range()
      .exemplar(true),
  );

export const goodBuckets = () =>
  timeseries(
    "With buckets that follow from the delays",
    "p50, p90 and p99 of the requests to /, computed from buckets that cover every delay.",
  )
    .unit(units.Seconds)
    .targets(measured())
    .fillOpacity(0)
    .axisSoftMax(2);

export function badBuckets() {
  const naive = buckets(metrics.naiveRequestDuration, { ...where, ...drawn });
  return timeseries(
    "The same requests in buckets 0.1 s × 1.5^k",
    "p50, p90 and p99 of the same requests, computed from buckets that end at half a second.",
  )
    .unit(units.Seconds)
    .targets(
      exerciseQuantiles.map((quantile) =>
        rangeQuery(
          `histogram_quantile(${quantile}, sum by (le) (rate(${naive}[${over}])))`,
          percentile(quantile),
        ),
      ),
    )
    .fillOpacity(0)
    .axisSoftMax(2);
}

export const errors = () =>
  timeseries(
    "Error compared with the configured delays",
    "Error of each quantile compared with the configured delays, with good and with bad buckets.",
  )
    .unit(units.PercentUnit)
    .withTarget(rangeQuery(errorOf(measuredQuantiles(where, over), where), "good buckets {{quantile}}"))
    .withTarget(rangeQuery(errorOf(naiveQuantiles(where, over), where), "bad buckets {{quantile}}"))
    .fillOpacity(0);
