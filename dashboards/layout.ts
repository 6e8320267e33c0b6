import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import * as sdk from "@grafana/grafana-foundation-sdk/dashboard";
import { firingAlerts } from "./queries.ts";
import { chosenPrometheus } from "./variables.ts";

/** A panel that can be given its size. */
export interface Sizable extends Builder<sdk.Panel> {
  height(units: number): this;
  span(columns: number): this;
}

/** Panels side by side, with the same height. */
export interface Strip {
  /** In units of Grafana's grid; 26 fill a laptop's screen. */
  readonly height: number;
  readonly panels: readonly Sizable[];
  /** Width of each panel, in the 24 columns of Grafana's grid. @default equal widths */
  readonly widths?: readonly number[];
}

/** Strips of panels under a heading. */
export interface Section {
  /** @default no heading */
  readonly title?: string;
  /** Whether the section is closed at first; its queries run only when it is opened. @default false */
  readonly closed?: boolean;
  readonly strips: readonly Strip[];
}

/** The tag of all dashboards of latency-lab. */
const tag = "latency-lab";

/** The parts of a dashboard. */
interface Content {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Builder<sdk.VariableModel>[];
  readonly sections: readonly Section[];
}

/** Builds a dashboard's model from its sections and what all dashboards share. */
export function dashboard({ uid, title, description, variables, sections }: Content): sdk.Dashboard {
  const builder = new sdk.DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([tag])
    .readonly()
    .timezone("browser")
    .time({ from: "now-15m", to: "now" })
    .refresh("10s")
    // One crosshair on all panels, to compare them at the same time.
    .tooltip(sdk.DashboardCursorSync.Crosshair)
    .variables([...variables])
    .annotation(alertAnnotation())
    .link(
      new sdk.DashboardLinkBuilder("latency-lab")
        .type(sdk.DashboardLinkType.Dashboards)
        .tags([tag])
        .tooltip("The other dashboards, at the same time")
        .includeVars(true)
        .keepTime(true),
    );
  for (const { title, closed = false, strips } of sections) {
    const panels = strips.flatMap(({ height, panels, widths = [] }) =>
      panels.map((panel, index) => panel.height(height).span(widths[index] ?? 24 / panels.length)),
    );
    const row = title === undefined ? undefined : new sdk.RowBuilder(title).collapsed(closed);
    if (closed) for (const panel of panels) row?.withPanel(panel);
    if (row !== undefined) builder.withRow(row);
    if (!closed) for (const panel of panels) builder.withPanel(panel);
  }
  return numbered(builder.build());
}

/** Gives panels their ids, and queries their letters, which links and transformations refer to. */
function numbered(dashboard: sdk.Dashboard): sdk.Dashboard {
  const all = (dashboard.panels ?? []).flatMap((panel) => [
    panel,
    ...("panels" in panel ? panel.panels : []),
  ]);
  all.forEach((panel, index) => {
    panel.id = index + 1;
    if (!("targets" in panel)) return;
    panel.targets?.forEach((target, index) => {
      Object.assign(target, { refId: "ABCDEFGHIJ"[index] });
    });
  });
  return dashboard;
}

/** Marks the times at which an alert was firing. */
function alertAnnotation(): sdk.AnnotationQueryBuilder {
  return new sdk.AnnotationQueryBuilder()
    .name("Alerts")
    .datasource(chosenPrometheus)
    .enable(true)
    .iconColor("red")
    .expr(firingAlerts);
}
