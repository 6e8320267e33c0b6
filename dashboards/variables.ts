import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { LabelOf, Metric } from "./promql/metric.ts";
import type { Vector } from "./promql/selector.ts";
import { datasourceUids } from "./uids.ts";

/** The Prometheus chosen at the top of a dashboard. */
export const chosenPrometheus = { type: "prometheus", uid: "$prometheus_datasource" };
/** The Loki chosen at the top of a dashboard. */
export const chosenLoki = { type: "loki", uid: "$loki_datasource" };
/** Queries to both in one panel. */
export const mixed = { type: "datasource", uid: "-- Mixed --" };

const all = { selected: true, text: ["All"], value: ["$__all"] };

export function prometheusVariable(): DatasourceVariableBuilder {
  return datasourceVariable("prometheus_datasource", "Prometheus data source", "prometheus", {
    text: "Prometheus",
    value: datasourceUids.prometheus,
  });
}

export function lokiVariable(): DatasourceVariableBuilder {
  return datasourceVariable("loki_datasource", "Loki data source", "loki", {
    text: "Loki",
    value: datasourceUids.loki,
  });
}

/**
 * The values of a label, one or several or all of them.
 *
 * `everything` is the pattern that All stands for: `.+` where every series has
 * the label, `.*` where some may not have it.
 */
export function labelVariable<M extends Metric>(
  label: LabelOf<M>,
  of: Vector<LabelOf<M>>,
  about: { label: string; description: string; everything: ".+" | ".*"; initially?: string },
): QueryVariableBuilder {
  const { initially } = about;
  return (
    new QueryVariableBuilder(label)
      .label(about.label)
      .description(about.description)
      .datasource(chosenPrometheus)
      .query(`label_values(${of.text}, ${label})`)
      // New pods are found when the time moves on, not only when the page is loaded.
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .sort(VariableSort.AlphabeticalAsc)
      .multi(true)
      .includeAll(true)
      .allValue(about.everything)
      .current(initially === undefined ? all : { selected: true, text: [initially], value: [initially] })
  );
}

/** A text to type in, empty at first. */
export function textVariable(name: string, about: { label: string; description: string }) {
  return new TextBoxVariableBuilder(name)
    .label(about.label)
    .description(about.description)
    .defaultValue("")
    .current({ selected: true, text: "", value: "" });
}

function datasourceVariable(
  name: string,
  label: string,
  type: string,
  current: { text: string; value: string },
): DatasourceVariableBuilder {
  return (
    new DatasourceVariableBuilder(name)
      .label(label)
      // What is chosen says it all; six labels leave no room for two more.
      .hide(VariableHide.HideLabel)
      .type(type)
      .current({ selected: true, ...current })
  );
}
