// What the stack and the commands import. The dashboard library loads only when a dashboard is built.
import type { DashboardOptions } from "./options.ts";
import { latencyQuantile, promDuration } from "./queries.ts";

export {
  type DatasourceAccess,
  type DatasourceFile,
  dashboardUids,
  datasources,
  datasourceUids,
  explorePath,
} from "./datasources.ts";
export { type Collector, type DashboardOptions, defaultOptions } from "./options.ts";
export { alertingRules, alertRouting, staticJob } from "./rules/alerting.ts";
export { retentionDays } from "./rules/objectives.ts";
export { recordingRules } from "./rules/recording.ts";

/** The Grafana folder of the dashboards. */
export const dashboardFolder = "latency-lab";

/** Every dashboard, with its model as JSON. Equal options give equal text. */
export async function dashboards(options: DashboardOptions): Promise<{ uid: string; json: string }[]> {
  const [{ delayedServer }, { exercise }, { monitoringItself }] = await Promise.all([
    import("./delayed-server/dashboard.ts"),
    import("./exercise.ts"),
    import("./monitoring/dashboard.ts"),
  ]);
  return [delayedServer(options), exercise(options), monitoringItself(options)].map((dashboard) => ({
    uid: dashboard.uid ?? "",
    json: JSON.stringify(dashboard),
  }));
}

/** A query for p50, p90 and p99 of a stack's servers over the last minute, to open in Prometheus. */
export function latencyQueries({
  stack,
  scrapeInterval,
}: Pick<DashboardOptions, "stack" | "scrapeInterval">): string[] {
  const where = stack === undefined ? {} : { namespace: stack.namespace };
  const over = promDuration(Math.max(60, 4 * scrapeInterval));
  return (["0.5", "0.9", "0.99"] as const).map((quantile) => latencyQuantile("all", quantile, where, over));
}
