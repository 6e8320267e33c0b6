import * as units from "@grafana/grafana-foundation-sdk/units";
import { lines, overTime, stacked } from "../panels.ts";
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
  stacked(
    {
      title: "Rate by route",
      description: "Answered requests per second, without probes, scrapes and aborted requests.",
      unit: units.RequestsPerSecond,
    },
    [overTime(requestRate(["route"], chosenRequests, over), ({ route }) => route)],
  );

export const errorsByRoute = () =>
  lines(
    {
      title: "Errors by route",
      description: "Share of a route's answered requests with a status of 500 or above.",
      unit: units.PercentUnit,
    },
    [overTime(errorRatio(["route"], chosenRequests, over), ({ route }) => route)],
  ).axisSoftMax(0.01);

export const durationByRoute = () =>
  lines(
    {
      title: "Duration by route (p90)",
      description: "90 % of the requests of a route took at most this long.",
      unit: units.Seconds,
    },
    [overTime(latencyQuantileByRoute("0.9", chosenRequests, over), ({ route }) => route)],
  );

export const requestsInFlight = () =>
  lines(
    {
      title: "In flight and connected",
      description:
        "Requests that have arrived and have not ended, and open connections. On average, the number of requests " +
        "in flight is the arrival rate times the duration (Little's law).",
      unit: units.Short,
    },
    [
      overTime(inFlight(chosenServers), ({ pod, instance }) => `in flight ${pod} ${instance}`),
      overTime(openConnections(chosenServers), ({ pod, instance }) => `connections ${pod} ${instance}`),
    ],
  );

export const endedByStatus = () =>
  stacked(
    {
      title: "Requests by status",
      description:
        "All requests that ended, including probes and scrapes. 499: the client disconnected before the response.",
      unit: units.RequestsPerSecond,
    },
    [overTime(endedRate(chosenRequests, over), ({ status }) => status)],
  );

export const abortedByRoute = () =>
  lines(
    {
      title: "Aborted and injected",
      description:
        "Requests per second whose client disconnected before the response was complete, by route, and requests that failed " +
        "because of the configured error rate.",
      unit: units.RequestsPerSecond,
    },
    [
      overTime(abortedRate(chosenRequests, over), ({ route }) => `aborted ${route}`),
      overTime(injectedErrorRate(chosenServers, over), "injected errors"),
    ],
  );

export const timeByStep = () =>
  lines(
    {
      title: "Where the time goes",
      description:
        "Mean time in each step of a request: waiting for the event loop (queue), the delay itself, " +
        "and the response. Everything except the delay should be a few milliseconds at most.",
      unit: units.Seconds,
    },
    [overTime(meanByStep(chosenServers, over), ({ step }) => step)],
  );
