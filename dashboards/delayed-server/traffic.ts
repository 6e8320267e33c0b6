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
      description: "Answered requests a second, without probes, scrapes and clients that left.",
      unit: units.RequestsPerSecond,
    },
    [overTime(requestRate(["route"], chosenRequests, over), ({ route }) => route)],
  );

export const errorsByRoute = () =>
  lines(
    {
      title: "Errors by route",
      description: "The share of a route's answered requests that the server failed: status 500 and above.",
      unit: units.PercentUnit,
    },
    [overTime(errorRatio(["route"], chosenRequests, over), ({ route }) => route)],
  ).axisSoftMax(0.01);

export const durationByRoute = () =>
  lines(
    {
      title: "Duration by route (p90)",
      description: "Nine of ten requests of a route took at most this long.",
      unit: units.Seconds,
    },
    [overTime(latencyQuantileByRoute("0.9", chosenRequests, over), ({ route }) => route)],
  );

export const requestsInFlight = () =>
  lines(
    {
      title: "In flight and connected",
      description:
        "Requests that have arrived and not ended, and connections that are open. On average as many requests " +
        "are in flight as arrive a second, times how long they take (Little's law).",
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
      title: "All that ended, by status",
      description:
        "Every request that ended, probes and scrapes included. 499: the client left before its response.",
      unit: units.RequestsPerSecond,
    },
    [overTime(endedRate(chosenRequests, over), ({ status }) => status)],
  );

export const abortedByRoute = () =>
  lines(
    {
      title: "Aborted and injected",
      description:
        "Requests a second whose client left before its response was complete, by route, and those that failed " +
        "because the configured error rate drew them.",
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
        "The mean time spent in each step of handling a request: waiting for the event loop (queue), the delay itself, " +
        "and the response. Everything but the delay should be a few milliseconds at most.",
      unit: units.Seconds,
    },
    [overTime(meanByStep(chosenServers, over), ({ step }) => step)],
  );
