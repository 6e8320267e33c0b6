// What is read of a dashboard's JSON model, whoever made it, and of answers to its queries.

/** One frame of an answer: columns of values (https://grafana.com/developers/plugin-tools/key-concepts/data-frames). */
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

/** What Grafana answered to the query of one letter. */
export interface QueryAnswer {
  readonly error?: string;
  readonly frames?: readonly Frame[];
}

/** Grafana's HTTP API, as far as dashboards are checked through it. */
export interface GrafanaApi {
  get<T>(path: string): Promise<T>;
  ask(queries: readonly object[], minutes: number): Promise<Record<string, QueryAnswer>>;
}

/** A datasource as a panel or a query names it; the uid may be a variable. */
interface DatasourceRef {
  readonly type?: string;
  readonly uid?: string;
}

/** A query as it stands in a panel: what Grafana's API takes too, once variables are filled in. */
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

/** The panels that show something: those of closed rows too, without the rows themselves. */
export function panelsOf({ panels }: Pick<DashboardModel, "panels">): PanelModel[] {
  return panels.flatMap((panel) => (panel.type === "row" ? (panel.panels ?? []) : [panel]));
}
