import * as units from "@grafana/grafana-foundation-sdk/units";
import { byThresholds, instantQuery, offBy, rangeQuery, stat, thresholds } from "../panels.ts";
import { abs, max, sum } from "../promql/functions.ts";
import { type Matchers, matches } from "../promql/selector.ts";
import { errorOf, latencyQuantile, measuredQuantiles, percentile } from "../queries/latency.ts";
import { chosenServers, errorRatio, inFlight, requestRate, type Scope } from "../queries/traffic.ts";

/** The servers and routes selected by the variables. */
export const chosenRequests: Scope & Matchers<"route"> = { ...chosenServers, route: matches("$route") };

export const requestsNow = () =>
  stat(
    {
      title: "Requests",
      description: "Answered requests per second, without probes, scrapes and aborted requests.",
      unit: units.RequestsPerSecond,
    },
    rangeQuery(requestRate([], chosenRequests, "$__rate_interval"), "requests"),
  );

export const errorsNow = () =>
  stat(
    {
      title: "Errors",
      description: "Share of the answered requests with a status of 500 or above.",
      unit: units.PercentUnit,
    },
    rangeQuery(errorRatio([], chosenRequests, "$__rate_interval"), "errors"),
  )
    .colorScheme(byThresholds())
    .thresholds(thresholds("green", [0.01, "orange"], [0.05, "red"]));

export const quantilesNow = () =>
  stat(
    {
      title: "Latency",
      description:
        "p50, p90 and p99 of the selected requests: 50 %, 90 % and 99 % of them took at most this long.",
      unit: units.Seconds,
    },
    ...(["0.5", "0.9", "0.99"] as const).map((quantile) =>
      instantQuery(latencyQuantile(quantile, chosenRequests, "$__rate_interval"), percentile(quantile)),
    ),
  ).decimals(2);

export const inFlightNow = () =>
  stat(
    {
      title: "In flight",
      description:
        "Requests that have arrived and have not ended. Most of them wait for their delay to pass.",
      unit: units.Short,
    },
    rangeQuery(sum([], inFlight(chosenServers)), "in flight"),
  ).decimals(0);

export const furthestOff = () =>
  stat(
    {
      title: "Largest error",
      description:
        "Largest error of the measured p50, p90, p95 and p99 in the selected time range, compared with the configured delays. " +
        "By chance alone, the p50 of 10,000 uniform delays is off by about 1 %, of 1,000 by about 3 %.",
      unit: units.PercentUnit,
    },
    instantQuery(max([], abs(errorOf(measuredQuantiles(chosenServers, "$__range"), chosenServers))), "error"),
  )
    .decimals(2)
    .colorScheme(byThresholds())
    .thresholds(offBy(0.03, 0.1));
