// The parts of a dashboard's JSON model, and of Grafana's answers, that the checks and tests read.

/**
 * One frame of an answer: columns of values
 * (https://grafana.com/developers/plugin-tools/key-concepts/data-frames).
 */
export interface Frame {
  readonly schema: {
    readonly name?: string;
    readonly fields: readonly {
      readonly name: string;
      readonly type: string;
      readonly labels?: Readonly<Record<string, string>>;
    }[];
    readonly meta?: { readonly custom?: { readonly resultType?: string } };
  };
  readonly data: { readonly values: readonly (readonly unknown[])[] };
}

/** Grafana's answer to one query of a panel. */
export interface QueryAnswer {
  readonly error?: string;
  readonly frames?: readonly Frame[];
}

/** The part of Grafana's HTTP API that the dashboard check uses. */
export interface GrafanaApi {
  get<T>(path: string): Promise<T>;
  ask(queries: readonly object[], minutes: number): Promise<Record<string, QueryAnswer>>;
}

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
  readonly range?: boolean;
  readonly queryType?: string;
  readonly format?: string;
  readonly exemplar?: boolean;
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
