import * as units from "@grafana/grafana-foundation-sdk/units";
import { logFields as field } from "../../service/src/log/line.ts";
import { metrics } from "../../service/src/metrics/definitions.ts";
import { watchingRoutes } from "../../service/src/routes.ts";
import { logStream } from "../datasources.ts";
import type { DashboardOptions } from "../options.ts";
import { logQuery, logs, rangeQuery, stackedTimeseries, timeseries } from "../panels.ts";
import { chosenServers, matchesNot, series } from "../queries.ts";
import { chosenLoki, mixed } from "../variables.ts";

type Options = Pick<DashboardOptions, "logFormat" | "scrapeInterval">;

/** The log streams of the servers selected by the dashboard's variables. */
const streams = `{app="${logStream.app}", namespace=~"$namespace", pod=~"$pod"}`;

export function linesByLevel({ logFormat, scrapeInterval }: Options) {
  const parsed = logFormat === "json" ? `json ${field.level}="${field.level}"` : "pattern `<_> <level> <_>`";
  const query = `sum by (level) (count_over_time(${streams} | ${parsed} [$__interval]))`;
  return stackedTimeseries(
    "Log lines by level",
    units.Short,
    "Number of lines that the selected servers wrote per interval. Failed requests have level error.",
  )
    .datasource(chosenLoki)
    .interval(`${4 * scrapeInterval}s`)
    .withTarget(logQuery(query).legendFormat("{{level}}"));
}

/** Metrics and logs count the same requests; if they differ, log lines are lost. */
export function countedAndLogged({ scrapeInterval }: Options) {
  // Probes and scrapes have no log line.
  const route = matchesNot(Object.values(watchingRoutes).join("|"));
  const counted = `sum by (pod) (rate(${series(metrics.requests, { ...chosenServers, route })}[$__rate_interval]))`;
  // Every request's line has this field, in JSON and in text.
  const logged = `sum by (pod) (rate(${streams} |= "${field.requestId}" [$__interval]))`;
  return timeseries(
    "Counted and logged",
    units.RequestsPerSecond,
    "Requests per second by pod, as counted by Prometheus and as log lines in Loki. The two differ by no more than " +
      "a few seconds of requests. If they stay apart, log lines are being lost.",
  )
    .datasource(mixed)
    .interval(`${4 * scrapeInterval}s`)
    .withTarget(rangeQuery(counted, "counted {{pod}}"))
    .withTarget(logQuery(logged).legendFormat("logged {{pod}}"));
}

export function requestLog({ logFormat }: Options) {
  const lines = `${streams} |= "$request_id"`;
  // The request as a sentence, or the server's message.
  const sentence =
    `{{if .${field.route}}}{{.${field.status}}} {{.${field.method}}} {{.${field.path}}} ` +
    `in {{.${field.duration}}} ms (delay {{.${field.delay}}} ms) ` +
    `${field.requestId}={{.${field.requestId}}}{{else}}{{.${field.message}}}{{end}}`;
  const parsed = `${lines} | json | ${field.route}=~"$route" | line_format \`${sentence}\``;
  return logs(
    "Log",
    "Log lines of the selected servers and routes. Open a line to see all fields of its request. " +
      "Its link shows this request alone, and so does its id in the variable Request above.",
  ).withTarget(logQuery(logFormat === "json" ? parsed : lines).maxLines(100));
}
