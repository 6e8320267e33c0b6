import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { delayedServer } from "./delayed-server/dashboard.ts";
import { exercise } from "./exercise/dashboard.ts";
import { monitoringItself } from "./monitoring/dashboard.ts";
import type { DashboardOptions } from "./options.ts";

/** The models of all dashboards. */
export function allDashboards(options: DashboardOptions): Dashboard[] {
  return [delayedServer(options), exercise(options), monitoringItself(options)];
}
