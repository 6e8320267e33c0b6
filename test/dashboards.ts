// Dashboards as Grafana stores them: the parts of the JSON model that tests read, and a run of every query.
import type { Frame, Grafana, QueryAnswer } from "../cli/clients/grafana.ts";
import { dashboardUids } from "../dashboards/index.ts";

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

export type CheckedDashboard = Awaited<ReturnType<typeof checkDashboard>>;

/**
 * Runs every query of every dashboard through Grafana's API and reports those
 * that fail or return no data.
 */
export async function checkDashboards(grafana: Grafana): Promise<CheckedDashboard[]> {
  const checked: CheckedDashboard[] = [];
  // One after the other, so that dashboards do not slow each other down.
  for (const uid of Object.values(dashboardUids)) checked.push(await checkDashboard(grafana, uid));
  return checked;
}

/** Length of the queried time range. */
const minutes = 5;

async function checkDashboard(grafana: Grafana, uid: string) {
  const { dashboard, meta } = await grafana.get<{ dashboard: DashboardModel; meta: { folderTitle: string } }>(
    `/api/dashboards/uid/${uid}`,
  );
  const ask = (panel: PanelModel) => askPanel(grafana, panel, dashboard);
  const panels = panelsOf(dashboard).filter(({ targets = [] }) => targets.length > 0);
  const open = panels.filter((panel) => dashboard.panels.includes(panel));
  const closed = panels.filter((panel) => !open.includes(panel));
  const began = performance.now();
  const answered = await inParallel(6, open, ask);
  const milliseconds = Math.round(performance.now() - began);
  answered.push(...(await inParallel(6, closed, ask)));
  const variables = await valuesOfVariables(grafana, dashboard);
  const frames = answered.flatMap(({ answers }) => Object.values(answers).flatMap((one) => one.frames ?? []));
  return {
    uid,
    title: dashboard.title,
    folder: meta.folderTitle,
    /** Number of queries sent by panels and variables. */
    queries: panels.reduce((sum, { targets = [] }) => sum + targets.length, variables.length),
    /** Queries with an error or without data: `panel, letter: reason`. */
    wrong: [
      ...answered.flatMap(({ panel, answers }) => wrongAnswers(panel, answers)),
      ...variables
        .filter(({ values }) => values.length === 0)
        .map(({ name }) => `variable ${name}: no values`),
    ],
    /** Number of exemplars in the responses. */
    exemplars: frames.filter(isExemplars).reduce((sum, { data }) => sum + (data.values[0]?.length ?? 0), 0),
    /** The time to load all panels outside closed rows, six requests at a time as a browser does. */
    milliseconds,
  };
}

async function askPanel(grafana: Grafana, panel: PanelModel, dashboard: DashboardModel) {
  const queries = (panel.targets ?? []).map((target) => ({
    ...target,
    expr: fillIn(target.expr, dashboard),
    datasource: { ...target.datasource, uid: fillIn(target.datasource.uid ?? "", dashboard) },
    // Grafana derives both from the panel's width and the time range.
    intervalMs: 5000,
    maxDataPoints: 500,
  }));
  return { panel, answers: await grafana.ask(queries, minutes) };
}

function wrongAnswers({ title, targets = [] }: PanelModel, answers: Record<string, QueryAnswer>): string[] {
  return targets.flatMap(({ refId }) => {
    const { error, frames = [] } = answers[refId] ?? { error: "not answered" };
    if (error !== undefined) return [`${title}, ${refId}: ${error}`];
    return frames.some(saysSomething) ? [] : [`${title}, ${refId}: nothing`];
  });
}

/** Whether a frame contains a number or a log line. */
function saysSomething(frame: Frame): boolean {
  if (isExemplars(frame)) return false;
  const { fields } = frame.schema;
  return fields.some(({ name, type }, column) => {
    const values = frame.data.values[column] ?? [];
    if (name === "Line") return values.length > 0;
    // NaN arrives as null.
    return type === "number" && values.some((value) => typeof value === "number");
  });
}

function isExemplars({ schema }: Frame): boolean {
  return schema.meta?.custom?.resultType === "exemplar";
}

async function valuesOfVariables(grafana: Grafana, dashboard: DashboardModel) {
  const now = Math.round(Date.now() / 1000);
  return Promise.all(
    variableQueries(dashboard).map(async ({ name, selector, label }) => {
      const parameters = new URLSearchParams({
        "match[]": fillIn(selector, dashboard),
        start: String(now - minutes * 60),
        end: String(now),
      });
      const uid = fillIn("$prometheus_datasource", dashboard);
      const { data } = await grafana.get<{ data: string[] }>(
        `/api/datasources/uid/${uid}/resources/api/v1/label/${label}/values?${parameters}`,
      );
      return { name, values: data };
    }),
  );
}

export async function inParallel<T, R>(
  atATime: number,
  all: readonly T[],
  work: (one: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < all.length; index = next++) {
      results[index] = await work(all[index] as T);
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  return results;
}
