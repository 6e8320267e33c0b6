import * as units from "@grafana/grafana-foundation-sdk/units";
import { loadMetrics } from "../../service/src/load/metrics.ts";
import { dashed, rangeQuery, stackedTimeseries, timeseries } from "../panels.ts";
import { histogramQuantile, rate, sum } from "../promql/functions.ts";
import { buckets, series } from "../promql/selector.ts";
import { chosenTargets as where } from "../queries/traffic.ts";

const over = "$__rate_interval";

export const sent = () =>
  stackedTimeseries(
    {
      title: "Sent by the load generator",
      description:
        "Requests per second by status of the response; `none` means no response. Dashed: the configured rate.",
      unit: units.RequestsPerSecond,
    },
    [
      rangeQuery(sum(["status"], rate(series(loadMetrics.requests, where), over)), ({ status }) => status),
      rangeQuery(sum([], series(loadMetrics.rate, where)), "configured"),
    ],
  ).overrideByName("configured", [
    ...dashed("text"),
    { id: "custom.stacking", value: { mode: "none", group: "configured" } },
  ]);

export const waiting = () =>
  timeseries(
    {
      title: "Waiting and skipped",
      description:
        "Requests that wait for a response, and requests per second that were due but skipped because too many were waiting.",
      unit: units.Short,
    },
    [
      rangeQuery(sum([], series(loadMetrics.inFlight, where)), "waiting"),
      rangeQuery(sum([], rate(series(loadMetrics.skipped, where), over)), "skipped per second"),
    ],
  );

const clientQuantile = (quantile: number) =>
  histogramQuantile(quantile, sum(["le"], rate(buckets(loadMetrics.duration, where), over)));

export const clientLatency = () =>
  timeseries(
    {
      title: "Latency as the client sees it",
      description:
        "Time from when a request was due until its response ended, for all kinds of requests. A client that falls behind does not hide it. " +
        "Each bucket is twice as wide as the one before, so these values are approximate.",
      unit: units.Seconds,
    },
    [rangeQuery(clientQuantile(0.5), "p50"), rangeQuery(clientQuantile(0.99), "p99")],
  ).fillOpacity(0);
