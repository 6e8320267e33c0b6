import * as units from "@grafana/grafana-foundation-sdk/units";
import { metrics } from "../../service/src/metrics/definitions.ts";
import { rangeQuery, stackedTimeseries, timeseries } from "../panels.ts";
import { counts, series, sums } from "../promql.ts";
import {
  chosenRequests,
  chosenServers,
  errorRatio,
  latencyQuantileByRoute,
  requestRate,
} from "../queries.ts";

const over = "$__rate_interval";

export const rateByRoute = () =>
  stackedTimeseries(
    "Rate by route",
    "Answered requests per second, without probes, scrapes and aborted requests.",
  )
    .unit(units.RequestsPerSecond)
    .withTarget(rangeQuery(requestRate("route", chosenRequests, over), "{{route}}"));

export const errorsByRoute = () =>
  timeseries("Errors by route", "Share of a route's answered requests with a status of 500 or above.")
    .unit(units.PercentUnit)
    .withTarget(rangeQuery(errorRatio("route", chosenRequests, over), "{{route}}"))
    .axisSoftMax(0.01);

export const durationByRoute = () =>
  timeseries("Duration by route (p90)", "90 % of the requests of a route took at most this long.")
    .unit(units.Seconds)
    .withTarget(rangeQuery(latencyQuantileByRoute("0.9", chosenRequests, over), "{{route}}"));

export function requestsInFlight() {
  const inFlight = series(metrics.inFlight, chosenServers);
  const connections = series(metrics.openConnections, chosenServers);
  return timeseries(
    "In flight and connected",
    "Requests that have arrived and have not ended, and open connections. On average, the number of requests " +
      "in flight is the arrival rate times the duration (Little's law).",
  )
    .unit(units.Short)
    .withTarget(rangeQuery(`sum by (pod, instance) (${inFlight})`, "in flight {{pod}} {{instance}}"))
    .withTarget(rangeQuery(`sum by (pod, instance) (${connections})`, "connections {{pod}} {{instance}}"));
}

export function endedByStatus() {
  const ended = series(metrics.requests, chosenRequests);
  return stackedTimeseries(
    "Requests by status",
    "All requests that ended, including probes and scrapes. 499: the client disconnected before the response.",
  )
    .unit(units.RequestsPerSecond)
    .withTarget(rangeQuery(`sum by (status) (rate(${ended}[${over}]))`, "{{status}}"));
}

export function abortedByRoute() {
  const aborted = series(metrics.aborted, chosenRequests);
  const injected = series(metrics.injectedErrors, chosenServers);
  return timeseries(
    "Aborted and injected",
    "Requests per second whose client disconnected before the response was complete, by route, and requests that failed " +
      "because of the configured error rate.",
  )
    .unit(units.RequestsPerSecond)
    .withTarget(rangeQuery(`sum by (route) (rate(${aborted}[${over}]))`, "aborted {{route}}"))
    .withTarget(rangeQuery(`sum(rate(${injected}[${over}]))\nor vector(0)`, "injected errors"));
}

export function timeByStep() {
  const spent = `sum by (step) (rate(${sums(metrics.executionLatency, chosenServers)}[${over}]))`;
  const requests = `sum by (step) (rate(${counts(metrics.executionLatency, chosenServers)}[${over}]))`;
  return timeseries(
    "Where the time goes",
    "Mean time in each step of a request: waiting for the event loop (queue), the delay itself, " +
      "and the response. Everything except the delay should be a few milliseconds at most.",
  )
    .unit(units.Seconds)
    .withTarget(rangeQuery(`${spent} / ${requests}`, "{{step}}"));
}
