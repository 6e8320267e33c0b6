import * as units from "@grafana/grafana-foundation-sdk/units";
import { rangeQuery, stackedTimeseries, timeseries } from "../panels.ts";
import { latencyQuantileByRoute, meanByStep } from "../queries/latency.ts";
import {
  abortedRate,
  chosenServers,
  endedRate,
  errorRatio,
  inFlight,
  injectedErrorRate,
  openConnections,
  requestRate,
} from "../queries/traffic.ts";
import { chosenRequests } from "./glance.ts";

const over = "$__rate_interval";

export const rateByRoute = () =>
  stackedTimeseries(
    {
      title: "Rate by route",
      description: "Answered requests per second, without probes, scrapes and aborted requests.",
      unit: units.RequestsPerSecond,
    },
    [rangeQuery(requestRate(["route"], chosenRequests, over), ({ route }) => route)],
  );

export const errorsByRoute = () =>
  timeseries(
    {
      title: "Errors by route",
      description: "Share of a route's answered requests with a status of 500 or above.",
      unit: units.PercentUnit,
    },
    [rangeQuery(errorRatio(["route"], chosenRequests, over), ({ route }) => route)],
  ).axisSoftMax(0.01);

export const durationByRoute = () =>
  timeseries(
    {
      title: "Duration by route (p90)",
      description: "90 % of the requests of a route took at most this long.",
      unit: units.Seconds,
    },
    [rangeQuery(latencyQuantileByRoute("0.9", chosenRequests, over), ({ route }) => route)],
  );

export const requestsInFlight = () =>
  timeseries(
    {
      title: "In flight and connected",
      description:
        "Requests that have arrived and have not ended, and open connections. On average, the number of requests " +
        "in flight is the arrival rate times the duration (Little's law).",
      unit: units.Short,
    },
    [
      rangeQuery(inFlight(chosenServers), ({ pod, instance }) => `in flight ${pod} ${instance}`),
      rangeQuery(openConnections(chosenServers), ({ pod, instance }) => `connections ${pod} ${instance}`),
    ],
  );

export const endedByStatus = () =>
  stackedTimeseries(
    {
      title: "Requests by status",
      description:
        "All requests that ended, including probes and scrapes. 499: the client disconnected before the response.",
      unit: units.RequestsPerSecond,
    },
    [rangeQuery(endedRate(chosenRequests, over), ({ status }) => status)],
  );

export const abortedByRoute = () =>
  timeseries(
    {
      title: "Aborted and injected",
      description:
        "Requests per second whose client disconnected before the response was complete, by route, and requests that failed " +
        "because of the configured error rate.",
      unit: units.RequestsPerSecond,
    },
    [
      rangeQuery(abortedRate(chosenRequests, over), ({ route }) => `aborted ${route}`),
      rangeQuery(injectedErrorRate(chosenServers, over), "injected errors"),
    ],
  );

export const timeByStep = () =>
  timeseries(
    {
      title: "Where the time goes",
      description:
        "Mean time in each step of a request: waiting for the event loop (queue), the delay itself, " +
        "and the response. Everything except the delay should be a few milliseconds at most.",
      unit: units.Seconds,
    },
    [rangeQuery(meanByStep(chosenServers, over), ({ step }) => step)],
  );
