import * as units from "@grafana/grafana-foundation-sdk/units";
import type { DashboardOptions } from "../options.ts";
import { fromLogs, lines, logLines, logList, overTime, stacked } from "../panels.ts";
import { chosenLines, linesByLevel, loggedRate } from "../queries/logs.ts";
import { chosenServers, loggableRate } from "../queries/traffic.ts";
import { chosenLoki, mixed } from "../variables.ts";

type Options = Pick<DashboardOptions, "logFormat" | "scrapeInterval">;

export const lineByLevel = ({ logFormat, scrapeInterval }: Options) =>
  stacked(
    {
      title: "Log lines by level",
      description: "How many lines the chosen servers wrote in each interval. Failed requests are errors.",
      unit: units.Short,
    },
    [fromLogs(linesByLevel(logFormat), "{{level}}")],
  )
    .datasource(chosenLoki)
    .interval(`${4 * scrapeInterval}s`);

/** Metrics and logs tell of the same requests; where they don't, lines are lost. */
export const countedAndLogged = ({ scrapeInterval }: Options) =>
  lines(
    {
      title: "Counted and logged",
      description:
        "Requests a second as Prometheus counts them and as Loki has lines of them, by pod. The two are the same but for " +
        "a few seconds; where they stay apart, log lines are lost on the way.",
      unit: units.RequestsPerSecond,
    },
    [
      overTime(loggableRate(chosenServers, "$__rate_interval"), ({ pod }) => `counted ${pod}`),
      fromLogs(loggedRate(), "logged {{pod}}"),
    ],
  )
    .datasource(mixed)
    .interval(`${4 * scrapeInterval}s`);

export const requestLog = ({ logFormat }: Options) =>
  logList(
    {
      title: "Log",
      description:
        "What the chosen servers logged about the chosen routes. A line opens to all fields of its request; " +
        "the link there shows this request alone, and so does its id in the field Request above.",
    },
    logLines(chosenLines(logFormat)).maxLines(100),
  );
