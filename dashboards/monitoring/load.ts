import * as units from "@grafana/grafana-foundation-sdk/units";
import { loadMetrics } from "../../service/src/metrics/definitions.ts";
import { colored, dashed, stackedTimeseries, timeseries } from "../panels.ts";
import { buckets, series, chosenTargets as where } from "../queries.ts";

const over = "$__rate_interval";

export const requestsSent = () =>
  stackedTimeseries(
    "Sent by the load generator",
    units.RequestsPerSecond,
    "Requests per second by status of the response; `none` means no response. Dashed: the configured rate.",
    {
      "{{status}}": `sum by (status) (rate(${series(loadMetrics.requests, where)}[${over}]))`,
      configured: `sum(${series(loadMetrics.rate, where)})`,
    },
  ).overrideByName("configured", [
    ...colored("text"),
    dashed,
    { id: "custom.fillOpacity", value: 0 },
    { id: "custom.stacking", value: { mode: "none", group: "configured" } },
  ]);

export const waiting = () =>
  timeseries(
    "Waiting and skipped",
    units.Short,
    "Requests that wait for a response, and requests per second that were due but skipped because too many were waiting.",
    {
      waiting: `sum(${series(loadMetrics.inFlight, where)})`,
      "skipped per second": `sum(rate(${series(loadMetrics.skipped, where)}[${over}]))`,
    },
  );

export function clientLatency() {
  const histogram = `sum by (le) (rate(${buckets(loadMetrics.duration, where)}[${over}]))`;
  return timeseries(
    "Latency as the client sees it",
    units.Seconds,
    "Time from when a request was due until its response ended, for all kinds of requests. A client that falls behind does not hide it. " +
      "Each bucket is twice as wide as the one before, so these values are approximate.",
    { p50: `histogram_quantile(0.5, ${histogram})`, p99: `histogram_quantile(0.99, ${histogram})` },
  ).fillOpacity(0);
}
