// What the stack and the commands take from here. Rules and datasources cost
// nothing to import; the library that dashboards are made with is loaded when
// somebody asks for a dashboard.
import type { DashboardOptions } from "./options.ts";
import { promDuration } from "./promql/selector.ts";
import { latencyQuantile } from "./queries/latency.ts";

export { type DatasourceFile, datasources } from "./datasources.ts";
export { type DashboardOptions, defaultOptions } from "./options.ts";
export { alertingRules, staticJob } from "./rules/alerting.ts";
export { retentionDays } from "./rules/objectives.ts";
export { recordingRules } from "./rules/recording.ts";
export { alertRouting } from "./rules/routing.ts";
export { dashboardUids, datasourceUids } from "./uids.ts";

/** The folder that dashboards are shown in. */
export const dashboardFolder = "latency-lab";

/** A dashboard as Grafana reads it. */
interface ProvisionedDashboard {
  /** Fixed, so that links to it stay true. */
  readonly uid: string;
  /** The folder it is shown in. */
  readonly folder: string;
  /** The dashboard's JSON model; the same options give the same text. */
  readonly json: string;
}

/** Every dashboard. */
export async function dashboards(options: DashboardOptions): Promise<ProvisionedDashboard[]> {
  const { allDashboards } = await import("./all.ts");
  return allDashboards(options).map((dashboard) => ({
    uid: dashboard.uid ?? "",
    folder: dashboardFolder,
    json: JSON.stringify(dashboard),
  }));
}

/** p50, p90 and p99 of a stack's servers over the last minute, to open in Prometheus itself. */
export function latencyQueries({
  stack,
  scrapeInterval,
}: Pick<DashboardOptions, "stack" | "scrapeInterval">): string[] {
  const where = stack === undefined ? {} : { namespace: stack.namespace };
  const over = promDuration(Math.max(60, 4 * scrapeInterval));
  return (["0.5", "0.9", "0.99"] as const).map((quantile) => latencyQuantile(quantile, where, over).text);
}
