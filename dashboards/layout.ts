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

/** Grafana's grid is this many columns wide. */
const columns = 24;

/** Panels side by side, of one height. */
export interface Strip {
  /** Units of Grafana's grid; 26 of them fill a laptop's screen. */
  readonly height: number;
  readonly panels: readonly Builder<Panel>[];
  /** How many columns each takes. @default equal shares */
  readonly widths?: readonly number[];
}

/** Strips under a heading. */
interface Section {
  /** @default no heading */
  readonly title?: string;
  /** Whether it begins closed; nothing of it is asked for until it is opened. @default false */
  readonly closed?: boolean;
  readonly strips: readonly Strip[];
}

/** Places sections one below the other, and numbers their panels and queries. */
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

/** A, B, C … in the order in which they are written. */
function numberQueries({ targets = [] }: Panel): void {
  targets.forEach((target, index) => {
    Object.assign(target, { refId: String.fromCharCode("A".charCodeAt(0) + index) });
  });
}

/** The tag that finds all dashboards of latency-lab. */
const tag = "latency-lab";

/** What makes a dashboard. */
interface Content {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Builder<VariableModel>[];
  readonly sections: readonly Section[];
}

/** A dashboard's model: what all of them share, and its own sections. */
export function dashboard({ uid, title, description, variables, sections }: Content): Dashboard {
  const built = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([tag])
    .readonly()
    .timezone("browser")
    .time({ from: "now-15m", to: "now" })
    .refresh("10s")
    // One cursor on all panels: what happened there at the same time?
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

/** Marks on every panel while an alert fires. */
function firingAlerts(): AnnotationQueryBuilder {
  const firing = series(alerts, { alertname: matches("DelayedServer.+"), alertstate: "firing" });
  return new AnnotationQueryBuilder()
    .name("Alerts")
    .datasource(chosenPrometheus)
    .enable(true)
    .iconColor("red")
    .expr(firing.text);
}
