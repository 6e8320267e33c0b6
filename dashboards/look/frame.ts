import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type VariableModel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { matches, series } from "../promql/selector.ts";
import { alerts } from "../queries/around.ts";
import { laidOut, type Section } from "./layout.ts";
import { chosenPrometheus } from "./variables.ts";

/** The tag that finds all dashboards of latency-lab. */
export const tag = "latency-lab";

/** What makes a dashboard. */
export interface Frame {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Builder<VariableModel>[];
  readonly sections: readonly Section[];
}

/** A dashboard's model: what all of them share, and its own sections. */
export function framed({ uid, title, description, variables, sections }: Frame): Dashboard {
  const dashboard = new DashboardBuilder(title)
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
  dashboard.panels = laidOut(sections);
  return dashboard;
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
