import { LogsSortOrder } from "@grafana/grafana-foundation-sdk/common";
import { PanelBuilder as LogLines } from "@grafana/grafana-foundation-sdk/logs";
import * as units from "@grafana/grafana-foundation-sdk/units";
import { logFields as field } from "../../service/src/log/log.ts";
import { metrics } from "../../service/src/metrics/definitions.ts";
import { watchingRoutes } from "../../service/src/route-names.ts";
import { logStream } from "../datasources.ts";
import type { Section } from "../layout.ts";
import type { DashboardOptions } from "../options.ts";
import { logQuery, rangeQuery, stackedTimeseries, timeseries } from "../panels.ts";
import { chosenServers, matchesNot, rate } from "../queries.ts";
import { chosenLoki, mixed } from "../variables.ts";

/** The log streams of the servers selected by the dashboard's variables. */
const streams = `{app="${logStream.app}", namespace=~"$namespace", pod=~"$pod"}`;

/** The request as a sentence, or the server's message. */
const sentence =
  `{{if .${field.route}}}{{.${field.status}}} {{.${field.method}}} {{.${field.path}}} ` +
  `in {{.${field.duration}}} ms (delay {{.${field.delay}}} ms) ` +
  `${field.requestId}={{.${field.requestId}}}{{else}}{{.${field.message}}}{{end}}`;

export function logs({ logFormat, scrapeInterval }: DashboardOptions): Section {
  const isJson = logFormat === "json";
  const interval = `${4 * scrapeInterval}s`;
  const level = isJson ? `json ${field.level}="${field.level}"` : "pattern `<_> <level> <_>`";
  const byLevel = stackedTimeseries(
    "Log lines by level",
    units.Short,
    "Number of lines that the selected servers wrote per interval. Failed requests have level error.",
  )
    .datasource(chosenLoki)
    .interval(interval)
    .withTarget(
      logQuery(`sum by (level) (count_over_time(${streams} | ${level} [$__interval]))`).legendFormat(
        "{{level}}",
      ),
    );

  // Probes and scrapes have no log line.
  const route = matchesNot(Object.values(watchingRoutes).join("|"));
  const counted = `sum by (pod) (${rate.series(metrics.requests, { ...chosenServers, route }, "$__rate_interval")})`;
  // Every request's line has this field, in JSON and in text.
  const logged = `sum by (pod) (rate(${streams} |= "${field.requestId}" [$__interval]))`;
  // Metrics and logs count the same requests; if they differ, log lines are lost.
  const countedAndLogged = timeseries(
    "Counted and logged",
    units.RequestsPerSecond,
    "Requests per second by pod, as counted by Prometheus and as log lines in Loki. The two differ by no more than " +
      "a few seconds of requests. If they stay apart, log lines are being lost.",
  )
    .datasource(mixed)
    .interval(interval)
    .withTarget(rangeQuery(counted, "counted {{pod}}"))
    .withTarget(logQuery(logged).legendFormat("logged {{pod}}"));

  const lines = `${streams} |= "$request_id"`;
  const sentences = `${lines} | json | ${field.route}=~"$route" | line_format \`${sentence}\``;
  const log = new LogLines()
    .title("Log")
    .description(
      "Log lines of the selected servers and routes. Open a line to see all fields of its request. " +
        "Its link shows this request alone, and so does its id in the variable Request above.",
    )
    .datasource(chosenLoki)
    .showTime(true)
    .enableLogDetails(true)
    .sortOrder(LogsSortOrder.Descending)
    .withTarget(logQuery(isJson ? sentences : lines).maxLines(100));
  return {
    title: "Logs",
    strips: [
      { height: 6, panels: [byLevel, countedAndLogged] },
      { height: 12, panels: [log] },
    ],
  };
}
