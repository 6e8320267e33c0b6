import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { metrics } from "../service/src/metrics/definitions.ts";
import type { DashboardOptions } from "./options.ts";
import { counts, series, type TargetLabel } from "./promql.ts";
import { chosenServers } from "./queries.ts";
import { datasourceUids } from "./uids.ts";

/** The Prometheus data source selected in the dashboard. */
export const chosenPrometheus = { type: "prometheus", uid: "$prometheus_datasource" };
/** The Loki data source selected in the dashboard. */
export const chosenLoki = { type: "loki", uid: "$loki_datasource" };
/** For panels that query both. */
export const mixed = { type: "datasource", uid: "-- Mixed --" };

export const prometheusVariable = () => datasourceVariable("Prometheus", "prometheus");
export const lokiVariable = () => datasourceVariable("Loki", "loki");

function datasourceVariable(name: string, type: "prometheus" | "loki"): DatasourceVariableBuilder {
  return (
    new DatasourceVariableBuilder(`${type}_datasource`)
      .label(`${name} data source`)
      // The selected value is self-explanatory, and two more labels would not fit.
      .hide(VariableHide.HideLabel)
      .type(type)
      .current({ selected: true, text: name, value: datasourceUids[type] })
  );
}

interface LabelVariable {
  readonly label: string;
  readonly description: string;
  /** The pattern of the choice All: `.+` if every series has the label, `.*` if some do not. */
  readonly all: ".+" | ".*";
  /** The value selected at first. @default all */
  readonly selected?: string;
}

/** A variable for the values of a label of some series: one, several or all of them. */
export function labelVariable(
  name: TargetLabel | "route",
  of: string,
  { label, description, all, selected }: LabelVariable,
): QueryVariableBuilder {
  return (
    new QueryVariableBuilder(name)
      .label(label)
      .description(description)
      .datasource(chosenPrometheus)
      .query(`label_values(${of}, ${name})`)
      // Find new pods when the time range changes, not only when the page is loaded.
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .sort(VariableSort.AlphabeticalAsc)
      .multi(true)
      .includeAll(true)
      .allValue(all)
      .current({ selected: true, text: [selected ?? "All"], value: [selected ?? "$__all"] })
  );
}

const { job, namespace, pod } = chosenServers;

/** The variables that select the servers; each one narrows down the next. */
export function serverVariables({ stack, outside = false }: DashboardOptions): QueryVariableBuilder[] {
  const { buildInfo } = metrics;
  return [
    labelVariable("job", series(buildInfo), {
      label: "Job",
      description:
        "How Prometheus found the server: kubernetes-pods in the cluster, httpserver-metrics outside.",
      all: ".+",
    }),
    labelVariable("namespace", series(buildInfo, { job }), {
      label: "Namespace",
      description: "Namespace of the server's pods. Servers outside the cluster have none: All shows them.",
      all: ".*",
      // Other stacks in the cluster can be selected; servers outside the cluster belong to this one.
      ...(stack === undefined || outside ? {} : { selected: stack.namespace }),
    }),
    labelVariable("pod", series(buildInfo, { job, namespace }), {
      label: "Pod",
      description: "Pods of the server. Servers outside the cluster have none: All shows them.",
      all: ".*",
    }),
    labelVariable("instance", series(buildInfo, { job, namespace, pod }), {
      label: "Instance",
      description: "Scraped address and port.",
      all: ".+",
    }),
  ];
}

/** Selects the routes. */
export function routeVariable(): QueryVariableBuilder {
  return labelVariable("route", counts(metrics.requestDuration, chosenServers), {
    label: "Route",
    description: "Routes, as templates. Only / has random delays.",
    all: ".*",
  });
}

/** Selects the log line of one request; empty at first. */
export function requestVariable(): TextBoxVariableBuilder {
  return new TextBoxVariableBuilder("request_id")
    .label("Request")
    .description("The id of a request, to see only its log line.")
    .defaultValue("")
    .current({ selected: true, text: "", value: "" });
}
