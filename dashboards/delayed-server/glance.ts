import * as units from "@grafana/grafana-foundation-sdk/units";
import { metrics } from "../../service/src/metrics/definitions.ts";
import { instantQuery, offBy, rangeQuery, stat, thresholds } from "../panels.ts";
import { series } from "../promql.ts";
import {
  chosenRequests,
  chosenServers,
  errorOf,
  errorRatio,
  firingAlerts,
  latencyQuantile,
  measuredQuantiles,
  percentile,
  requestRate,
} from "../queries.ts";

export const requestsNow = () =>
  stat("Requests", "Answered requests per second, without probes, scrapes and aborted requests.")
    .unit(units.RequestsPerSecond)
    .withTarget(rangeQuery(requestRate("all", chosenRequests, "$__rate_interval"), "requests"));

export const errorsNow = () =>
  stat("Errors", "Share of the answered requests with a status of 500 or above.")
    .unit(units.PercentUnit)
    .withTarget(rangeQuery(errorRatio("all", chosenRequests, "$__rate_interval"), "errors"))
    .thresholds(thresholds("green", [0.01, "orange"], [0.05, "red"]));

export const quantilesNow = () =>
  stat(
    "Latency",
    "p50, p90 and p99 of the selected requests: 50 %, 90 % and 99 % of them took at most this long.",
  )
    .unit(units.Seconds)
    .targets(
      (["0.5", "0.9", "0.99"] as const).map((quantile) =>
        instantQuery(latencyQuantile(quantile, chosenRequests, "$__rate_interval"), percentile(quantile)),
      ),
    )
    .decimals(2);

export const inFlightNow = () =>
  stat(
    "In flight",
    "Requests that have arrived and have not ended. Most of them wait for their delay to pass.",
  )
    .unit(units.Short)
    .withTarget(rangeQuery(`sum(${series(metrics.inFlight, chosenServers)})`, "in flight"))
    .decimals(0);

export const largestError = () =>
  stat(
    "Largest error",
    "Largest error of the measured p50, p90, p95 and p99 in the selected time range, compared with the configured delays. " +
      "By chance alone, the p50 of 10,000 uniform delays is off by about 1 %, of 1,000 by about 3 %.",
  )
    .unit(units.PercentUnit)
    .withTarget(
      instantQuery(
        `max(abs(${errorOf(measuredQuantiles(chosenServers, "$__range"), chosenServers)}))`,
        "error",
      ),
    )
    .decimals(2)
    .thresholds(offBy(0.03, 0.1));

export const alertsNow = () =>
  stat(
    "Alerts firing",
    "Number of firing alerts about the delayed server. Grafana's page Alerting lists them.",
  )
    .unit(units.Short)
    .withTarget(rangeQuery(`count(${firingAlerts})\nor vector(0)`, "firing"))
    .decimals(0)
    .thresholds(thresholds("green", [1, "red"]));
