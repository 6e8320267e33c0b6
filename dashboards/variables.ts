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

/** The Prometheus data source selected in the dashboard. */
export const chosenPrometheus = { type: "prometheus", uid: "$prometheus_datasource" };
/** The Loki data source selected in the dashboard. */
export const chosenLoki = { type: "loki", uid: "$loki_datasource" };
/** For panels that query both. */
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
 * A variable for the values of a label: one, several or all of them.
 *
 * `everything` is the pattern of the choice All: `.+` if every series has the label,
 * `.*` if some do not.
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
      // Find new pods when the time range changes, not only when the page is loaded.
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .sort(VariableSort.AlphabeticalAsc)
      .multi(true)
      .includeAll(true)
      .allValue(about.everything)
      .current(initially === undefined ? all : { selected: true, text: [initially], value: [initially] })
  );
}

/** A text box, empty at first. */
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
      // The selected value is self-explanatory, and two more labels would not fit.
      .hide(VariableHide.HideLabel)
      .type(type)
      .current({ selected: true, ...current })
  );
}
