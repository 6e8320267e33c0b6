import { type DashboardModel, panelsOf, type Target } from "./model.ts";

/** A query of a panel. */
export interface PanelQuery extends Target {
  readonly from: "panel";
  /** The panel's title. */
  readonly title: string;
}

/** `label_values(selector, label)`. */
interface VariableQuery {
  readonly from: "variable";
  readonly title: string;
  readonly selector: string;
  readonly label: string;
}

/** A query whose results are marked on every panel. */
interface AnnotationQuery {
  readonly from: "annotation";
  readonly title: string;
  readonly expr: string;
}

type Query = PanelQuery | VariableQuery | AnnotationQuery;

/** Every query of a dashboard, with variables not yet replaced. */
export function queriesOf(dashboard: DashboardModel): Query[] {
  const ofPanels = panelsOf(dashboard).flatMap(({ title = "", targets = [] }) =>
    targets.map((target) => ({ ...target, from: "panel", title }) as const),
  );
  const ofVariables = dashboard.templating.list
    .filter(({ type }) => type === "query")
    .map(({ name, query = "" }) => {
      const [, selector, label] = /^label_values\((.*), (\w+)\)$/s.exec(query) ?? [];
      if (selector === undefined || label === undefined) throw new Error(`variable ${name}: ${query}`);
      return { from: "variable", title: name, selector, label } as const;
    });
  const ofAnnotations = dashboard.annotations.list.map(
    ({ name, expr = "" }) => ({ from: "annotation", title: name, expr }) as const,
  );
  return [...ofPanels, ...ofVariables, ...ofAnnotations];
}
