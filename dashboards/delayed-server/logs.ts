import * as units from "@grafana/grafana-foundation-sdk/units";
import type { DashboardOptions } from "../options.ts";
import { logMetricQuery, logs, logsQuery, rangeQuery, stackedTimeseries, timeseries } from "../panels.ts";
import { chosenLines, linesByLevel, loggedRate } from "../queries/logs.ts";
import { chosenServers, loggableRate } from "../queries/traffic.ts";
import { chosenLoki, mixed } from "../variables.ts";

type Options = Pick<DashboardOptions, "logFormat" | "scrapeInterval">;

export const lineByLevel = ({ logFormat, scrapeInterval }: Options) =>
  stackedTimeseries(
    {
      title: "Log lines by level",
      description:
        "Number of lines that the selected servers wrote per interval. Failed requests have level error.",
      unit: units.Short,
    },
    [logMetricQuery(linesByLevel(logFormat), "{{level}}")],
  )
    .datasource(chosenLoki)
    .interval(`${4 * scrapeInterval}s`);

/** Metrics and logs count the same requests; if they differ, log lines are lost. */
export const countedAndLogged = ({ scrapeInterval }: Options) =>
  timeseries(
    {
      title: "Counted and logged",
      description:
        "Requests per second by pod, as counted by Prometheus and as log lines in Loki. The two differ by no more than " +
        "a few seconds of requests. If they stay apart, log lines are being lost.",
      unit: units.RequestsPerSecond,
    },
    [
      rangeQuery(loggableRate(chosenServers, "$__rate_interval"), ({ pod }) => `counted ${pod}`),
      logMetricQuery(loggedRate(), "logged {{pod}}"),
    ],
  )
    .datasource(mixed)
    .interval(`${4 * scrapeInterval}s`);

export const requestLog = ({ logFormat }: Options) =>
  logs(
    {
      title: "Log",
      description:
        "Log lines of the selected servers and routes. Open a line to see all fields of its request. " +
        "Its link shows this request alone, and so does its id in the variable Request above.",
    },
    logsQuery(chosenLines(logFormat)).maxLines(100),
  );
