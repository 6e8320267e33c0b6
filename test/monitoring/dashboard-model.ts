// The parts of a dashboard's JSON model that tests read.

/** Reference to a data source; the uid may be a variable. */
interface DatasourceRef {
  readonly type?: string;
  readonly uid?: string;
}

/** A query of a panel. Grafana's API accepts the same form once variables are replaced. */
export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly datasource: DatasourceRef;
  readonly instant?: boolean;
  readonly format?: string;
  readonly legendFormat?: string;
}

export interface PanelModel {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly datasource?: DatasourceRef;
  readonly targets?: readonly Target[];
  /** The panels of a closed row. */
  readonly panels?: readonly PanelModel[];
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly options?: Readonly<Record<string, unknown>>;
  readonly fieldConfig?: {
    readonly defaults?: { readonly unit?: string };
    readonly overrides?: readonly { readonly properties: readonly { id: string; value: unknown }[] }[];
  };
}

export interface VariableModel {
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  readonly query?: string;
  readonly datasource?: DatasourceRef;
  readonly current?: {
    readonly text: string | readonly string[];
    readonly value: string | readonly string[];
  };
  readonly allValue?: string;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly refresh?: number;
}

export interface DashboardModel {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly editable: boolean;
  readonly panels: readonly PanelModel[];
  readonly templating: { readonly list: readonly VariableModel[] };
  readonly annotations: {
    readonly list: readonly { name: string; expr?: string; datasource: DatasourceRef }[];
  };
}

/** All panels except rows, including the panels in closed rows. */
export function panelsOf({ panels }: Pick<DashboardModel, "panels">): PanelModel[] {
  return panels.flatMap((panel) => (panel.type === "row" ? (panel.panels ?? []) : [panel]));
}

/** Every query of a dashboard's panels, with the panel's title. */
export function panelQueries(dashboard: DashboardModel): (Target & { readonly title: string })[] {
  return panelsOf(dashboard).flatMap(({ title = "", targets = [] }) =>
    targets.map((target) => ({ ...target, title })),
  );
}

/** The variables that are filled by `label_values(selector, label)`. */
export function variableQueries({ templating }: DashboardModel) {
  return templating.list
    .filter(({ type }) => type === "query")
    .map(({ name, query = "" }) => {
      const [, selector, label] = /^label_values\((.*), (\w+)\)$/s.exec(query) ?? [];
      if (selector === undefined || label === undefined) throw new Error(`variable ${name}: ${query}`);
      return { name, selector, label };
    });
}

/** Replaces a dashboard's variables by their current values; Grafana's own `$__…` stay. */
export function fillIn(text: string, { templating }: Pick<DashboardModel, "templating">): string {
  return text.replace(/\$(?!__)(\w+)/g, (_, name: string) => {
    const variable = templating.list.find((one) => one.name === name);
    if (variable === undefined) throw new Error(`there is no variable ${name}`);
    return currentValue(variable);
  });
}

function currentValue({ type, current, allValue, query = "" }: VariableModel): string {
  const values = [current?.value ?? query].flat();
  if (type !== "query") return String(values[0]);
  if (values.includes("$__all")) return allValue ?? ".*";
  const escaped = values.map((one) => one.replace(/[\\^$*+?.()|[\]{}]/g, "\\\\$&"));
  return escaped.length === 1 ? String(escaped[0]) : `(${escaped.join("|")})`;
}
