import * as units from "@grafana/grafana-foundation-sdk/units";
import { metrics } from "../../service/src/metrics/definitions.ts";
import type { Section } from "../layout.ts";
import type { DashboardOptions } from "../options.ts";
import { stackedTimeseries, timeseries } from "../panels.ts";
import {
  chosenRequests,
  chosenServers,
  errorRatio,
  latencyQuantile,
  panelRanges,
  rate,
  requestRate,
  series,
} from "../queries.ts";

export function traffic(options: DashboardOptions): Section {
  const { rateInterval } = panelRanges(options);
  const byRoute = [
    stackedTimeseries(
      "Rate by route",
      units.RequestsPerSecond,
      "Answered requests per second, except probes and scrapes.",
      { "{{route}}": requestRate("route", chosenRequests, rateInterval) },
    ),
    timeseries("Errors by route", units.PercentUnit, "Share of requests with a status of 500 or above.", {
      "{{route}}": errorRatio("route", chosenRequests, rateInterval),
    }).axisSoftMax(0.01),
    timeseries(
      "Duration by route (p90)",
      units.Seconds,
      "90 % of a route's requests took at most this long.",
      {
        "{{route}}": latencyQuantile("route", "0.9", chosenRequests, rateInterval),
      },
    ),
  ];
  const connected = timeseries(
    "In flight and connected",
    units.Short,
    "Requests that have arrived and have not ended, and open connections. On average, the number of requests " +
      "in flight is the arrival rate times the duration (Little's law).",
    {
      "in flight {{pod}} {{instance}}": `sum by (pod, instance) (${series(metrics.inFlight, chosenServers)})`,
      "connections {{pod}} {{instance}}": `sum by (pod, instance) (${series(metrics.openConnections, chosenServers)})`,
    },
  );
  const byStatus = stackedTimeseries(
    "Requests by status",
    units.RequestsPerSecond,
    "All requests that ended, including probes and scrapes. 499: the client disconnected before the response.",
    { "{{status}}": `sum by (status) (${rate.series(metrics.requests, chosenRequests, rateInterval)})` },
  );
  const aborted = timeseries(
    "Aborted and injected",
    units.RequestsPerSecond,
    "Requests per second whose client disconnected before the response was complete, by route, and requests that failed " +
      "because of the configured error rate.",
    {
      "aborted {{route}}": `sum by (route) (${rate.series(metrics.aborted, chosenRequests, rateInterval)})`,
      "injected errors": `sum(${rate.series(metrics.injectedErrors, chosenServers, rateInterval)})\nor vector(0)`,
    },
  );
  const spent = `sum by (step) (${rate.sums(metrics.executionLatency, chosenServers, rateInterval)})`;
  const requests = `sum by (step) (${rate.counts(metrics.executionLatency, chosenServers, rateInterval)})`;
  const steps = timeseries(
    "Where the time goes",
    units.Seconds,
    "Mean time in each step of a request: waiting for the event loop (queue), the delay itself, " +
      "and the response. Everything except the delay should be a few milliseconds at most.",
    { "{{step}}": `${spent} / ${requests}` },
  );
  return {
    title: "Rate, errors, duration",
    strips: [
      { height: 8, panels: byRoute },
      { height: 7, panels: [connected, byStatus, aborted, steps] },
    ],
  };
}
