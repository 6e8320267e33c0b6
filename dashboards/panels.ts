// The look of panels. Their content is in the functions that create them.
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

/** Required for every panel. */
interface About {
  readonly title: string;
  /** What the panel shows and how to read it. */
  readonly description: string;
  /** One of `@grafana/grafana-foundation-sdk/units`. */
  readonly unit: string;
}

type Query = Builder<Dataquery>;

/** Time series as lines. */
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

/** Time series as stacked areas. */
export function stackedTimeseries(about: About, queries: Query[]): Timeseries.PanelBuilder {
  return timeseries(about, queries)
    .fillOpacity(30)
    .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group("A"));
}

/** One or more numbers, with a sparkline if the query is a range query. */
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

/** A stat panel for values that do not change. */
export const noGraph = common.BigValueGraphMode.None;

/** A table. */
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

/** A distribution over time: the more requests, the stronger the color. */
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
        // Readable on both themes, and for people who cannot tell red from green.
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

/** The buckets of a histogram as bars. */
export function barChart(about: About, query: Query): Barchart.PanelBuilder {
  return (
    new Barchart.PanelBuilder()
      .title(about.title)
      .description(about.description)
      .unit(about.unit)
      .datasource(chosenPrometheus)
      .withTarget(query)
      // A bar chart needs one row per bucket instead of one column.
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

/** Log lines, newest first; a click shows all fields of a line. */
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

/** Text in Markdown. */
export function text(markdown: string): Text.PanelBuilder {
  return new Text.PanelBuilder().mode(Text.TextMode.Markdown).content(markdown.trim()).transparent(true);
}

/** Sets a series' color, line width and dashes. */
export function dashed(color: string): { id: string; value: unknown }[] {
  return [
    { id: "color", value: { mode: FieldColorModeId.Fixed, fixedColor: color } },
    { id: "custom.lineStyle", value: { fill: "dash", dash: [6, 6] } },
    { id: "custom.fillOpacity", value: 0 },
  ];
}

/** Sets the color of series whose name matches a regular expression. */
export function colored(color: string): { id: string; value: unknown }[] {
  return [{ id: "color", value: { mode: FieldColorModeId.Fixed, fixedColor: color } }];
}

/** Shows thresholds as dashed lines. */
export function thresholdLines(): common.GraphThresholdsStyleConfigBuilder {
  return new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphTresholdsStyleMode.Dashed);
}

/** Colors a number by its thresholds. */
export function byThresholds(): FieldColorBuilder {
  return new FieldColorBuilder().mode(FieldColorModeId.Thresholds);
}

/** Name of a series: a fixed text, or one made of its labels. */
type Legend<L extends string> = string | ((label: Readonly<Record<L, string>>) => string);

/** A range query over the selected time range. */
export function rangeQuery<L extends string>(
  query: Vector<L>,
  legend: Legend<L>,
): Prometheus.DataqueryBuilder {
  return target(query).range().legendFormat(legendText(legend));
}

/** An instant query at the end of the selected time range. */
export function instantQuery<L extends string>(
  query: Vector<L>,
  legend: Legend<L>,
): Prometheus.DataqueryBuilder {
  return target(query).instant().legendFormat(legendText(legend));
}

/** An instant query as a table with one column per label. */
export function tableQuery<L extends string>(query: Vector<L>): Prometheus.DataqueryBuilder {
  return target(query).instant().format(Prometheus.PromQueryFormat.Table);
}

/** A query for cumulative buckets; Grafana turns them into separate ones. */
export function heatmapQuery(query: Vector<"le">): Prometheus.DataqueryBuilder {
  return target(query).format(Prometheus.PromQueryFormat.Heatmap).legendFormat("{{le}}");
}

/** Log lines in the selected time range. */
export function logsQuery(query: string): Loki.DataqueryBuilder {
  return logTarget(query).queryType("range");
}

/** A metric query on logs over the selected time range. */
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

/** Grafana's color names: each theme has its own shade. */
type Color = "green" | "yellow" | "orange" | "red" | "blue" | "purple" | "text";

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
