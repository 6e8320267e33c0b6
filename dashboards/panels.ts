// How panels look, once: what each shows is in the functions that make them.
import * as Barchart from "@grafana/grafana-foundation-sdk/barchart";
import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import {
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import * as Heatmap from "@grafana/grafana-foundation-sdk/heatmap";
import * as Logs from "@grafana/grafana-foundation-sdk/logs";
import * as Loki from "@grafana/grafana-foundation-sdk/loki";
import * as Prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as Stat from "@grafana/grafana-foundation-sdk/stat";
import * as Table from "@grafana/grafana-foundation-sdk/table";
import * as Text from "@grafana/grafana-foundation-sdk/text";
import * as Timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import type { Vector } from "./promql/selector.ts";
import { chosenLoki, chosenPrometheus } from "./variables.ts";

/** What every panel has to say about itself. */
interface About {
  readonly title: string;
  /** What it shows and what to make of it. */
  readonly description: string;
  /** One of `@grafana/grafana-foundation-sdk/units`. */
  readonly unit: string;
}

type Query = Builder<Dataquery>;

/** Lines over time. */
export function timeseries(about: About, queries: Query[]): Timeseries.PanelBuilder {
  return new Timeseries.PanelBuilder()
    .title(about.title)
    .description(about.description)
    .unit(about.unit)
    .datasource(chosenPrometheus)
    .targets(queries)
    .lineWidth(1)
    .fillOpacity(8)
    .gradientMode(common.GraphGradientMode.None)
    .showPoints(common.VisibilityMode.Never)
    .axisSoftMin(0)
    .axisBorderShow(false)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true)
        .calcs([]),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    );
}

/** Lines over time, filled and on top of each other. */
export function stackedTimeseries(about: About, queries: Query[]): Timeseries.PanelBuilder {
  return timeseries(about, queries)
    .fillOpacity(30)
    .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group("A"));
}

/** A number, or a few side by side, with its course behind it where it was asked for over time. */
export function stat(about: About, ...queries: Query[]): Stat.PanelBuilder {
  return new Stat.PanelBuilder()
    .title(about.title)
    .description(about.description)
    .unit(about.unit)
    .datasource(chosenPrometheus)
    .targets(queries)
    .graphMode(common.BigValueGraphMode.Area)
    .colorMode(common.BigValueColorMode.Value)
    .justifyMode(common.BigValueJustifyMode.Auto)
    .textMode(common.BigValueTextMode.Auto)
    .orientation(common.VizOrientation.Auto)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]).fields("").values(false));
}

/** For numbers that do not change. */
export const noGraph = common.BigValueGraphMode.None;

/** Rows and columns. */
export function table(about: About, queries: Query[]): Table.PanelBuilder {
  return new Table.PanelBuilder()
    .title(about.title)
    .description(about.description)
    .unit(about.unit)
    .datasource(chosenPrometheus)
    .targets(queries)
    .showHeader(true)
    .cellHeight(common.TableCellHeight.Sm)
    .align(common.FieldTextAlignment.Auto)
    .filterable(false);
}

/** How a distribution changes over time: the more requests, the stronger the colour. */
export function heatmap(about: About, query: Query): Heatmap.PanelBuilder {
  return new Heatmap.PanelBuilder()
    .title(about.title)
    .description(about.description)
    .datasource(chosenPrometheus)
    .withTarget(query)
    .calculate(false)
    .color(
      new Heatmap.HeatmapColorOptionsBuilder()
        .mode(Heatmap.HeatmapColorMode.Scheme)
        // Readable on light and on dark ground, and without telling red from green.
        .scheme("Turbo")
        .scale(Heatmap.HeatmapColorScale.Exponential)
        .exponent(0.5)
        .steps(64)
        .fill("dark-orange")
        .reverse(false),
    )
    .yAxis(
      new Heatmap.YAxisConfigBuilder()
        .unit(about.unit)
        .axisPlacement(common.AxisPlacement.Left)
        .reverse(false),
    )
    .rowsFrame(new Heatmap.RowsHeatmapOptionsBuilder().layout(common.HeatmapCellLayout.Auto))
    .cellGap(1)
    .filterValues(new Heatmap.FilterValueRangeBuilder().le(1e-9))
    .showValue(common.VisibilityMode.Never)
    .exemplarsColor("rgba(255,0,255,0.7)")
    .showTooltip()
    .showYHistogram()
    .hideLegend();
}

/** The buckets of a histogram as bars, side by side. */
export function barChart(about: About, query: Query): Barchart.PanelBuilder {
  return (
    new Barchart.PanelBuilder()
      .title(about.title)
      .description(about.description)
      .unit(about.unit)
      .datasource(chosenPrometheus)
      .withTarget(query)
      // One column for each bucket becomes one row, as a bar chart needs it.
      .withTransformation({ id: "reduce", options: { mode: "seriesToRows", reducers: ["lastNotNull"] } })
      .xField("Field")
      .xTickLabelSpacing(100)
      .orientation(common.VizOrientation.Vertical)
      .showValue(common.VisibilityMode.Never)
      .stacking(common.StackingMode.None)
      .barWidth(0.97)
      .groupWidth(0.7)
      .lineWidth(0)
      .fillOpacity(80)
      .axisSoftMin(0)
      .legend(new common.VizLegendOptionsBuilder().showLegend(false).calcs([]))
      .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Single))
  );
}

/** Log lines, newest first, with all their fields a click away. */
export function logs(about: Omit<About, "unit">, query: Query): Logs.PanelBuilder {
  return new Logs.PanelBuilder()
    .title(about.title)
    .description(about.description)
    .datasource(chosenLoki)
    .withTarget(query)
    .showTime(true)
    .showLabels(false)
    .showCommonLabels(false)
    .wrapLogMessage(false)
    .prettifyLogMessage(false)
    .enableLogDetails(true)
    .dedupStrategy(common.LogsDedupStrategy.None)
    .sortOrder(common.LogsSortOrder.Descending);
}

/** Markdown to read. */
export function text(markdown: string): Text.PanelBuilder {
  return new Text.PanelBuilder().mode(Text.TextMode.Markdown).content(markdown.trim()).transparent(true);
}

/** A line of its own colour, thickness and dashes. */
export function dashed(color: string): { id: string; value: unknown }[] {
  return [
    { id: "color", value: { mode: FieldColorModeId.Fixed, fixedColor: color } },
    { id: "custom.lineStyle", value: { fill: "dash", dash: [6, 6] } },
    { id: "custom.fillOpacity", value: 0 },
  ];
}

/** A colour for what a regular expression finds by its name. */
export function colored(color: string): { id: string; value: unknown }[] {
  return [{ id: "color", value: { mode: FieldColorModeId.Fixed, fixedColor: color } }];
}

/** Thresholds as dashed lines. */
export function thresholdLines(): common.GraphThresholdsStyleConfigBuilder {
  return new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphTresholdsStyleMode.Dashed);
}

/** The colour of a number follows its thresholds. */
export function byThresholds(): FieldColorBuilder {
  return new FieldColorBuilder().mode(FieldColorModeId.Thresholds);
}

/** What a series is called: a text, or one made of its labels. */
type Legend<L extends string> = string | ((label: Readonly<Record<L, string>>) => string);

/** A query over the time that the dashboard shows. */
export function rangeQuery<L extends string>(
  query: Vector<L>,
  legend: Legend<L>,
): Prometheus.DataqueryBuilder {
  return target(query).range().legendFormat(legendText(legend));
}

/** A query at the end of the time that the dashboard shows, its answer a number. */
export function instantQuery<L extends string>(
  query: Vector<L>,
  legend: Legend<L>,
): Prometheus.DataqueryBuilder {
  return target(query).instant().legendFormat(legendText(legend));
}

/** The same, its answer the rows of a table with a column for each label. */
export function tableQuery<L extends string>(query: Vector<L>): Prometheus.DataqueryBuilder {
  return target(query).instant().format(Prometheus.PromQueryFormat.Table);
}

/** Cumulative buckets, which Grafana takes apart. */
export function heatmapQuery(query: Vector<"le">): Prometheus.DataqueryBuilder {
  return target(query).format(Prometheus.PromQueryFormat.Heatmap).legendFormat("{{le}}");
}

/** Log lines over the time that the dashboard shows. */
export function logsQuery(query: string): Loki.DataqueryBuilder {
  return logTarget(query).queryType("range");
}

/** Numbers counted from log lines, over the time that the dashboard shows. */
export function logMetricQuery(query: string, legend: string): Loki.DataqueryBuilder {
  return logTarget(query).queryType("range").legendFormat(legend);
}

function target({ text }: Vector<string>): Prometheus.DataqueryBuilder {
  return new Prometheus.DataqueryBuilder()
    .datasource(chosenPrometheus)
    .editorMode(Prometheus.QueryEditorMode.Code)
    .expr(text);
}

function logTarget(query: string): Loki.DataqueryBuilder {
  return new Loki.DataqueryBuilder().datasource(chosenLoki).editorMode(Loki.QueryEditorMode.Code).expr(query);
}

function legendText<L extends string>(legend: Legend<L>): string {
  if (typeof legend === "string") return legend;
  const labels = new Proxy({}, { get: (_, name) => `{{${String(name)}}}` });
  return legend(labels as Record<L, string>);
}

/** Grafana's own names: each theme has its shade of them. */
type Color = "green" | "yellow" | "orange" | "red" | "blue" | "purple" | "text";

/** A colour, and others from some values on. */
export function thresholds(
  first: Color,
  ...others: readonly (readonly [number, Color])[]
): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: first }, ...others.map(([value, color]) => ({ value, color }))]);
}

/** The same for a number that may be off to both sides: fine within `fine`, wrong beyond `wrong`. */
export function offBy(fine: number, wrong: number): ThresholdsConfigBuilder {
  return thresholds("red", [-wrong, "orange"], [-fine, "green"], [fine, "orange"], [wrong, "red"]);
}
