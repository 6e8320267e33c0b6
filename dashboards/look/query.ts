import * as loki from "@grafana/grafana-foundation-sdk/loki";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import type { Vector } from "../promql/vector.ts";
import { chosenLoki, chosenPrometheus } from "./variables.ts";

/** What a series is called: a text, or one made of its labels. */
export type Legend<L extends string> = string | ((label: Readonly<Record<L, string>>) => string);

/** A query over the time that the dashboard shows. */
export function overTime<L extends string>(query: Vector<L>, legend: Legend<L>): prometheus.DataqueryBuilder {
  return target(query).range().legendFormat(legendText(legend));
}

/** A query at the end of the time that the dashboard shows, its answer a number. */
export function atTheEnd<L extends string>(query: Vector<L>, legend: Legend<L>): prometheus.DataqueryBuilder {
  return target(query).instant().legendFormat(legendText(legend));
}

/** The same, its answer the rows of a table with a column for each label. */
export function asTable<L extends string>(query: Vector<L>): prometheus.DataqueryBuilder {
  return target(query).instant().format(prometheus.PromQueryFormat.Table);
}

/** Cumulative buckets, which Grafana takes apart. */
export function asHistogram(query: Vector<"le">): prometheus.DataqueryBuilder {
  return target(query).format(prometheus.PromQueryFormat.Heatmap).legendFormat("{{le}}");
}

/** Log lines over the time that the dashboard shows. */
export function logLines(query: string): loki.DataqueryBuilder {
  return logTarget(query).queryType("range");
}

/** Numbers counted from log lines, over the time that the dashboard shows. */
export function fromLogs(query: string, legend: string): loki.DataqueryBuilder {
  return logTarget(query).queryType("range").legendFormat(legend);
}

/** Numbers counted from log lines, at the end of the time that the dashboard shows. */
export function fromLogsAtTheEnd(query: string): loki.DataqueryBuilder {
  return logTarget(query).queryType("instant");
}

function target({ text }: Vector<string>): prometheus.DataqueryBuilder {
  return new prometheus.DataqueryBuilder()
    .datasource(chosenPrometheus)
    .editorMode(prometheus.QueryEditorMode.Code)
    .expr(text);
}

function logTarget(query: string): loki.DataqueryBuilder {
  return new loki.DataqueryBuilder().datasource(chosenLoki).editorMode(loki.QueryEditorMode.Code).expr(query);
}

function legendText<L extends string>(legend: Legend<L>): string {
  if (typeof legend === "string") return legend;
  const labels = new Proxy({}, { get: (_, name) => `{{${String(name)}}}` });
  return legend(labels as Record<L, string>);
}
