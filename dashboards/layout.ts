import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  RowBuilder,
  type RowPanel,
  type VariableModel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { matches, series } from "./promql/selector.ts";
import { alerts } from "./queries/metrics.ts";
import { chosenPrometheus } from "./variables.ts";

/** Number of columns of Grafana's grid. */
const columns = 24;

/** Panels side by side, with the same height. */
export interface Strip {
  /** In units of Grafana's grid; 26 fill a laptop's screen. */
  readonly height: number;
  readonly panels: readonly Builder<Panel>[];
  /** Width of each panel in columns. @default equal widths */
  readonly widths?: readonly number[];
}

/** Rows of panels under a heading. */
interface Section {
  /** @default no heading */
  readonly title?: string;
  /** Whether the section is closed at first; its queries run only when it is opened. @default false */
  readonly closed?: boolean;
  readonly strips: readonly Strip[];
}

/** Places sections below each other, and numbers panels and queries. */
function laidOut(sections: readonly Section[]): (Panel | RowPanel)[] {
  let y = 0;
  let id = 0;
  const all: (Panel | RowPanel)[] = [];
  for (const { title, closed = false, strips } of sections) {
    const heading = title === undefined ? undefined : new RowBuilder(title).collapsed(closed).build();
    if (heading !== undefined) {
      Object.assign(heading, { id: ++id, gridPos: { x: 0, y, w: columns, h: 1 }, panels: [] });
      all.push(heading);
      y += 1;
    }
    for (const strip of strips) {
      let x = 0;
      strip.panels.forEach((builder, index) => {
        const panel = builder.build();
        const w = strip.widths?.[index] ?? columns / strip.panels.length;
        Object.assign(panel, { id: ++id, gridPos: { x, y, w, h: strip.height } });
        numberQueries(panel);
        x += w;
        if (heading !== undefined && closed) heading.panels.push(panel);
        else all.push(panel);
      });
      y += strip.height;
    }
  }
  return all;
}

/** A, B, C … in the order of the queries. */
function numberQueries({ targets = [] }: Panel): void {
  targets.forEach((target, index) => {
    Object.assign(target, { refId: String.fromCharCode("A".charCodeAt(0) + index) });
  });
}

/** The tag of all dashboards of latency-lab. */
const tag = "latency-lab";

/** The parts of a dashboard. */
interface Content {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Builder<VariableModel>[];
  readonly sections: readonly Section[];
}

/** Builds a dashboard's model from its sections and what all dashboards share. */
export function dashboard({ uid, title, description, variables, sections }: Content): Dashboard {
  const built = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([tag])
    .readonly()
    .timezone("browser")
    .time({ from: "now-15m", to: "now" })
    .refresh("10s")
    // One crosshair on all panels, to compare them at the same time.
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([...variables])
    .annotation(firingAlerts())
    .link(
      new DashboardLinkBuilder("latency-lab")
        .type(DashboardLinkType.Dashboards)
        .tags([tag])
        .tooltip("The other dashboards, at the same time")
        .includeVars(true)
        .keepTime(true),
    )
    .build();
  built.panels = laidOut(sections);
  return built;
}

/** Marks the times at which an alert was firing. */
function firingAlerts(): AnnotationQueryBuilder {
  const firing = series(alerts, { alertname: matches("DelayedServer.+"), alertstate: "firing" });
  return new AnnotationQueryBuilder()
    .name("Alerts")
    .datasource(chosenPrometheus)
    .enable(true)
    .iconColor("red")
    .expr(firing.text);
}
