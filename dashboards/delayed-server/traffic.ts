import * as units from "@grafana/grafana-foundation-sdk/units";
import { metrics } from "../../service/src/metrics/definitions.ts";
import { stackedTimeseries, stat, thresholds, timeseries } from "../panels.ts";
import {
  chosenRequests,
  chosenServers,
  counts,
  errorRatio,
  latencyQuantile,
  requestRate,
  series,
  sums,
} from "../queries.ts";

const over = "$__rate_interval";

export const requestsNow = () =>
  stat("Requests", units.RequestsPerSecond, "Answered requests per second, except probes and scrapes.", {
    requests: requestRate("all", chosenRequests, over),
  });

export const errorsNow = () =>
  stat("Errors", units.PercentUnit, "Share of the answered requests with a status of 500 or above.", {
    errors: errorRatio("all", chosenRequests, over),
  }).thresholds(thresholds("green", [0.01, "orange"], [0.05, "red"]));

export const inFlightNow = () =>
  stat("In flight", units.Short, "Requests that have not ended yet. Most of them wait for their delay.", {
    "in flight": `sum(${series(metrics.inFlight, chosenServers)})`,
  }).decimals(0);

export const rateByRoute = () =>
  stackedTimeseries(
    "Rate by route",
    units.RequestsPerSecond,
    "Answered requests per second, except probes and scrapes.",
    { "{{route}}": requestRate("route", chosenRequests, over) },
  );

export const errorsByRoute = () =>
  timeseries("Errors by route", units.PercentUnit, "Share of requests with a status of 500 or above.", {
    "{{route}}": errorRatio("route", chosenRequests, over),
  }).axisSoftMax(0.01);

export const durationByRoute = () =>
  timeseries("Duration by route (p90)", units.Seconds, "90 % of a route's requests took at most this long.", {
    "{{route}}": latencyQuantile("route", "0.9", chosenRequests, over),
  });

export const requestsInFlight = () =>
  timeseries(
    "In flight and connected",
    units.Short,
    "Requests that have arrived and have not ended, and open connections. On average, the number of requests " +
      "in flight is the arrival rate times the duration (Little's law).",
    {
      "in flight {{pod}} {{instance}}": `sum by (pod, instance) (${series(metrics.inFlight, chosenServers)})`,
      "connections {{pod}} {{instance}}": `sum by (pod, instance) (${series(metrics.openConnections, chosenServers)})`,
    },
  );

export const endedByStatus = () =>
  stackedTimeseries(
    "Requests by status",
    units.RequestsPerSecond,
    "All requests that ended, including probes and scrapes. 499: the client disconnected before the response.",
    { "{{status}}": `sum by (status) (rate(${series(metrics.requests, chosenRequests)}[${over}]))` },
  );

export const abortedByRoute = () =>
  timeseries(
    "Aborted and injected",
    units.RequestsPerSecond,
    "Requests per second whose client disconnected before the response was complete, by route, and requests that failed " +
      "because of the configured error rate.",
    {
      "aborted {{route}}": `sum by (route) (rate(${series(metrics.aborted, chosenRequests)}[${over}]))`,
      "injected errors": `sum(rate(${series(metrics.injectedErrors, chosenServers)}[${over}]))\nor vector(0)`,
    },
  );

export function timeByStep() {
  const spent = `sum by (step) (rate(${sums(metrics.executionLatency, chosenServers)}[${over}]))`;
  const requests = `sum by (step) (rate(${counts(metrics.executionLatency, chosenServers)}[${over}]))`;
  return timeseries(
    "Where the time goes",
    units.Seconds,
    "Mean time in each step of a request: waiting for the event loop (queue), the delay itself, " +
      "and the response. Everything except the delay should be a few milliseconds at most.",
    { "{{step}}": `${spent} / ${requests}` },
  );
}
