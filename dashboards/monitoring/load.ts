import * as units from "@grafana/grafana-foundation-sdk/units";
import { loadMetrics } from "../../service/src/metrics/definitions.ts";
import { colored, dashed, rangeQuery, stackedTimeseries, timeseries } from "../panels.ts";
import { buckets, series } from "../promql.ts";
import { chosenTargets as where } from "../queries.ts";

const over = "$__rate_interval";

export const requestsSent = () =>
  stackedTimeseries(
    "Sent by the load generator",
    "Requests per second by status of the response; `none` means no response. Dashed: the configured rate.",
  )
    .unit(units.RequestsPerSecond)
    .withTarget(
      rangeQuery(`sum by (status) (rate(${series(loadMetrics.requests, where)}[${over}]))`, "{{status}}"),
    )
    .withTarget(rangeQuery(`sum(${series(loadMetrics.rate, where)})`, "configured"))
    .overrideByName("configured", [
      ...colored("text"),
      dashed,
      { id: "custom.fillOpacity", value: 0 },
      { id: "custom.stacking", value: { mode: "none", group: "configured" } },
    ]);

export const waiting = () =>
  timeseries(
    "Waiting and skipped",
    "Requests that wait for a response, and requests per second that were due but skipped because too many were waiting.",
  )
    .unit(units.Short)
    .withTarget(rangeQuery(`sum(${series(loadMetrics.inFlight, where)})`, "waiting"))
    .withTarget(
      rangeQuery(`sum(rate(${series(loadMetrics.skipped, where)}[${over}]))`, "skipped per second"),
    );

export function clientLatency() {
  const histogram = `sum by (le) (rate(${buckets(loadMetrics.duration, where)}[${over}]))`;
  return timeseries(
    "Latency as the client sees it",
    "Time from when a request was due until its response ended, for all kinds of requests. A client that falls behind does not hide it. " +
      "Each bucket is twice as wide as the one before, so these values are approximate.",
  )
    .unit(units.Seconds)
    .withTarget(rangeQuery(`histogram_quantile(0.5, ${histogram})`, "p50"))
    .withTarget(rangeQuery(`histogram_quantile(0.99, ${histogram})`, "p99"))
    .fillOpacity(0);
}
