import * as sdk from "@grafana/grafana-foundation-sdk/dashboard";
import { metrics } from "../service/src/metrics/definitions.ts";
import { datasourceUids } from "./datasources.ts";
import type { DashboardOptions } from "./options.ts";
import { chosenServers, counts, series } from "./queries.ts";

/** The Prometheus data source selected in the dashboard. */
export const chosenPrometheus = { type: "prometheus", uid: "$prometheus_datasource" };
/** The Loki data source selected in the dashboard. */
export const chosenLoki = { type: "loki", uid: "$loki_datasource" };
/** For panels that query both. */
export const mixed = { type: "datasource", uid: "-- Mixed --" };

export const prometheusVariable = () => datasourceVariable("Prometheus", "prometheus");
export const lokiVariable = () => datasourceVariable("Loki", "loki");

function datasourceVariable(name: string, type: "prometheus" | "loki"): sdk.DatasourceVariableBuilder {
  return (
    new sdk.DatasourceVariableBuilder(`${type}_datasource`)
      .label(`${name} data source`)
      // The selected value is self-explanatory, and two more labels would not fit.
      .hide(sdk.VariableHide.HideLabel)
      .type(type)
      .current({ selected: true, text: name, value: datasourceUids[type] })
  );
}

/** The labels with a variable, and the pattern of the choice All. A selector needs one that is not `.*`. */
const all = { job: ".+", instance: ".*", namespace: ".*", pod: ".*", route: ".*" };

/** A variable for the values of a label of some series: one, several or all of them. All is selected at first. */
export function labelVariable(
  name: keyof typeof all,
  of: string,
  description: string,
  selected?: string,
): sdk.QueryVariableBuilder {
  return (
    new sdk.QueryVariableBuilder(name)
      .label(`${name[0]?.toUpperCase()}${name.slice(1)}`)
      .description(description)
      .datasource(chosenPrometheus)
      .query(`label_values(${of}, ${name})`)
      // Find new pods when the time range changes, not only when the page is loaded.
      .refresh(sdk.VariableRefresh.OnTimeRangeChanged)
      .sort(sdk.VariableSort.AlphabeticalAsc)
      .multi(true)
      .includeAll(true)
      .allValue(all[name])
      .current({ selected: true, text: [selected ?? "All"], value: [selected ?? "$__all"] })
  );
}

/** The variables that select the servers; each one narrows down the next. */
export function serverVariables({ stack, outside = false }: DashboardOptions): sdk.QueryVariableBuilder[] {
  const { buildInfo } = metrics;
  const { job, namespace, pod } = chosenServers;
  const outsideHaveNone = "Servers outside the cluster have none: All shows them.";
  return [
    labelVariable(
      "job",
      series(buildInfo),
      "How Prometheus found the server: kubernetes-pods in the cluster, httpserver-metrics outside.",
    ),
    labelVariable(
      "namespace",
      series(buildInfo, { job }),
      `Namespace of the server's pods. ${outsideHaveNone}`,
      // Other stacks in the cluster can be selected; servers outside the cluster belong to this one.
      outside ? undefined : stack?.namespace,
    ),
    labelVariable("pod", series(buildInfo, { job, namespace }), `Pods of the server. ${outsideHaveNone}`),
    labelVariable("instance", series(buildInfo, { job, namespace, pod }), "Scraped address and port."),
  ];
}

/** Selects the routes. */
export function routeVariable(): sdk.QueryVariableBuilder {
  const requests = counts(metrics.requestDuration, chosenServers);
  return labelVariable("route", requests, "Routes, as templates. Only / has random delays.");
}

/** Selects the log line of one request; empty at first. */
export function requestVariable(): sdk.TextBoxVariableBuilder {
  return new sdk.TextBoxVariableBuilder("request_id")
    .label("Request")
    .description("The id of a request, to see only its log line.")
    .defaultValue("")
    .current({ selected: true, text: "", value: "" });
}
