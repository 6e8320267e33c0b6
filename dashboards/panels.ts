// The look of panels: only what differs from Grafana's defaults. Their content is in the functions that
// create them.
import * as common from "@grafana/grafana-foundation-sdk/common";
import {
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import * as Heatmap from "@grafana/grafana-foundation-sdk/heatmap";
import * as Loki from "@grafana/grafana-foundation-sdk/loki";
import * as Prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as Stat from "@grafana/grafana-foundation-sdk/stat";
import * as Table from "@grafana/grafana-foundation-sdk/table";
import * as Timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import * as units from "@grafana/grafana-foundation-sdk/units";
import { chosenLoki, chosenPrometheus } from "./variables.ts";

/** Range queries of a panel by their legends. `{{label}}` in a legend is the value of a label. */
type Queries = Readonly<Record<string, string>>;

/** Time series as lines. */
export function timeseries(
  title: string,
  unit: string,
  description: string,
  queries: Queries = {},
): Timeseries.PanelBuilder {
  return new Timeseries.PanelBuilder()
    .title(title)
    .description(description)
    .unit(unit)
    .datasource(chosenPrometheus)
    .targets(Object.entries(queries).map(([legend, query]) => rangeQuery(query, legend)))
    .fillOpacity(8)
    .showPoints(common.VisibilityMode.Never)
    .axisSoftMin(0)
    .legend(new common.VizLegendOptionsBuilder().showLegend(true))
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    );
}

/** Time series as stacked areas. */
export function stackedTimeseries(...panel: Parameters<typeof timeseries>): Timeseries.PanelBuilder {
  return timeseries(...panel)
    .fillOpacity(30)
    .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group("A"));
}

/** One or more numbers, with a sparkline if the query is a range query. */
export function stat(
  title: string,
  unit: string,
  description: string,
  queries: Queries = {},
): Stat.PanelBuilder {
  return (
    new Stat.PanelBuilder()
      .title(title)
      .description(description)
      .unit(unit)
      .datasource(chosenPrometheus)
      .targets(Object.entries(queries).map(([legend, query]) => rangeQuery(query, legend)))
      // Grafana's default would color every number above 80 red.
      .thresholds(thresholds("green"))
      .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
  );
}

/** A table. */
export function table(title: string, description: string): Table.PanelBuilder {
  return new Table.PanelBuilder()
    .title(title)
    .description(description)
    .unit(units.String)
    .datasource(chosenPrometheus);
}

/** The distribution of durations over time: the more requests, the stronger the color. */
export function heatmap(title: string, description: string): Heatmap.PanelBuilder {
  return new Heatmap.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(chosenPrometheus)
    .color(
      new Heatmap.HeatmapColorOptionsBuilder()
        .mode(Heatmap.HeatmapColorMode.Scheme)
        // Readable on both themes, and for people who cannot tell red from green.
        .scheme("Turbo")
        .scale(Heatmap.HeatmapColorScale.Exponential)
        .exponent(0.5)
        .steps(64)
        .fill("dark-orange"),
    )
    .yAxis(new Heatmap.YAxisConfigBuilder().unit(units.Seconds))
    .filterValues(new Heatmap.FilterValueRangeBuilder().le(1e-9))
    .showValue(common.VisibilityMode.Never)
    .showTooltip()
    .showYHistogram()
    .hideLegend();
}

/** Gives a series a color. */
export function colored(color: string): { id: string; value: unknown }[] {
  return [{ id: "color", value: { mode: FieldColorModeId.Fixed, fixedColor: color } }];
}

/** Draws a series as a dashed line. */
export const dashed = { id: "custom.lineStyle", value: { fill: "dash", dash: [6, 6] } };

/** A range query over the selected time range. */
export function rangeQuery(query: string, legend: string): Prometheus.DataqueryBuilder {
  return target(query).range().legendFormat(legend);
}

/** An instant query at the end of the selected time range. */
export function instantQuery(query: string, legend: string): Prometheus.DataqueryBuilder {
  return target(query).instant().legendFormat(legend);
}

/** An instant query as a table with one column per label. */
export function tableQuery(query: string): Prometheus.DataqueryBuilder {
  return target(query).instant().format(Prometheus.PromQueryFormat.Table);
}

/** A query for cumulative buckets; Grafana turns them into separate ones. */
export function bucketQuery(query: string): Prometheus.DataqueryBuilder {
  return target(query).format(Prometheus.PromQueryFormat.Heatmap).legendFormat("{{le}}");
}

function target(query: string): Prometheus.DataqueryBuilder {
  return new Prometheus.DataqueryBuilder()
    .datasource(chosenPrometheus)
    .editorMode(Prometheus.QueryEditorMode.Code)
    .expr(query);
}

/** A LogQL query over the selected time range. */
export function logQuery(query: string): Loki.DataqueryBuilder {
  return new Loki.DataqueryBuilder()
    .datasource(chosenLoki)
    .editorMode(Loki.QueryEditorMode.Code)
    .queryType("range")
    .expr(query);
}

/** Grafana's color names: each theme has its own shade. */
type Color = "green" | "orange" | "red";

/** Thresholds: a base color, and others from given values upwards. */
export function thresholds(
  first: Color,
  ...others: readonly (readonly [number, Color])[]
): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: first }, ...others.map(([value, color]) => ({ value, color }))]);
}

/** Thresholds for a value that may deviate in both directions: good within `fine`, bad beyond `wrong`. */
export function offBy(fine: number, wrong: number): ThresholdsConfigBuilder {
  return thresholds("red", [-wrong, "orange"], [-fine, "green"], [fine, "orange"], [wrong, "red"]);
}
