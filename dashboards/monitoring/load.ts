import * as units from "@grafana/grafana-foundation-sdk/units";
import { dashed, lines, overTime, stacked } from "../panels.ts";
import * as queries from "../queries/monitoring.ts";
import { chosenTargets as where } from "../queries/traffic.ts";

const over = "$__rate_interval";

export const sent = () =>
  stacked(
    {
      title: "Sent by the load generator",
      description:
        "Requests per second by status of the response; `none` means no response. Dashed: the configured rate.",
      unit: units.RequestsPerSecond,
    },
    [
      overTime(queries.sentByStatus(where, over), ({ status }) => status),
      overTime(queries.configuredRate(where), "configured"),
    ],
  ).overrideByName("configured", [
    ...dashed("text"),
    { id: "custom.stacking", value: { mode: "none", group: "configured" } },
  ]);

export const waiting = () =>
  lines(
    {
      title: "Waiting and skipped",
      description:
        "Requests that wait for a response, and requests per second that were due but skipped because too many were waiting.",
      unit: units.Short,
    },
    [
      overTime(queries.waiting(where), "waiting"),
      overTime(queries.notSent(where, over), "skipped per second"),
    ],
  );

export const clientLatency = () =>
  lines(
    {
      title: "Latency as the client sees it",
      description:
        "Time from when a request was due until its response ended, for all kinds of requests. A client that falls behind does not hide it. " +
        "Each bucket is twice as wide as the one before, so these values are approximate.",
      unit: units.Seconds,
    },
    [
      overTime(queries.clientQuantile(0.5, where, over), "p50"),
      overTime(queries.clientQuantile(0.99, where, over), "p99"),
    ],
  ).fillOpacity(0);
