import * as units from "@grafana/grafana-foundation-sdk/units";
import { atTheEnd, byThresholds, figure, offBy, overTime, thresholds } from "../panels.ts";
import { absolute, maximum, sum } from "../promql/functions.ts";
import { type Matchers, matches } from "../promql/selector.ts";
import { errorOf, latencyQuantile, measuredQuantiles, percentile } from "../queries/latency.ts";
import { chosenServers, errorRatio, inFlight, requestRate, type Scope } from "../queries/traffic.ts";

/** The servers and routes chosen by the variables. */
export const chosenRequests: Scope & Matchers<"route"> = { ...chosenServers, route: matches("$route") };

export const requestsNow = () =>
  figure(
    {
      title: "Requests",
      description: "Answered requests a second, without probes, scrapes and clients that left.",
      unit: units.RequestsPerSecond,
    },
    overTime(requestRate([], chosenRequests, "$__rate_interval"), "requests"),
  );

export const errorsNow = () =>
  figure(
    {
      title: "Errors",
      description: "The share of the answered requests that the server failed: status 500 and above.",
      unit: units.PercentUnit,
    },
    overTime(errorRatio([], chosenRequests, "$__rate_interval"), "errors"),
  )
    .colorScheme(byThresholds())
    .thresholds(thresholds("green", [0.01, "orange"], [0.05, "red"]));

export const quantilesNow = () =>
  figure(
    {
      title: "Latency",
      description:
        "p50, p90 and p99 of the chosen requests: half of them, nine of ten and 99 of 100 took at most this long.",
      unit: units.Seconds,
    },
    ...(["0.5", "0.9", "0.99"] as const).map((quantile) =>
      atTheEnd(latencyQuantile(quantile, chosenRequests, "$__rate_interval"), percentile(quantile)),
    ),
  ).decimals(2);

export const inFlightNow = () =>
  figure(
    {
      title: "In flight",
      description:
        "Requests that have arrived and not ended, most of them waiting for their delay to be over.",
      unit: units.Short,
    },
    overTime(sum([], inFlight(chosenServers)), "in flight"),
  ).decimals(0);

export const furthestOff = () =>
  figure(
    {
      title: "Furthest off the truth",
      description:
        "The largest error of the measured p50, p90, p95 and p99 of the shown time against the configured delays. " +
        "With 10,000 requests chance alone moves the p50 of uniform delays by 1 % or so, with 1,000 by 3 %.",
      unit: units.PercentUnit,
    },
    atTheEnd(
      maximum([], absolute(errorOf(measuredQuantiles(chosenServers, "$__range"), chosenServers))),
      "off",
    ),
  )
    .decimals(2)
    .colorScheme(byThresholds())
    .thresholds(offBy(0.03, 0.1));
