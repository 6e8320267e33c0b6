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
        "Requests a second, by the status of their answer; none: there was no answer. Dashed: as many as it is told to send.",
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
      title: "Waiting, and not sent",
      description:
        "Requests that wait for their answer, and those a second that were due and not sent, because too many waited already.",
      unit: units.Short,
    },
    [
      overTime(queries.waiting(where), "waiting"),
      overTime(queries.notSent(where, over), "not sent a second"),
    ],
  );

export const clientLatency = () =>
  lines(
    {
      title: "Latency as the client sees it",
      description:
        "Time from the moment a request was due to the end of its answer, of all kinds of requests; a client that falls behind does not hide it. " +
        "Its buckets double from one to the next, so that these are rough.",
      unit: units.Seconds,
    },
    [
      overTime(queries.clientQuantile(0.5, where, over), "p50"),
      overTime(queries.clientQuantile(0.99, where, over), "p99"),
    ],
  ).fillOpacity(0);
