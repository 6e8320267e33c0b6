import type { DashboardOptions } from "../../dashboards/index.ts";
import type { Plan } from "../plan.ts";

/** What dashboards, rules and datasources of a stack are made from. */
export function dashboardOptions({ settings, server, names }: Plan): DashboardOptions {
  return {
    stack: { namespace: names.serverNamespace, instance: names.instance },
    outside: settings.scrapeTargets.length > 0,
    scrapeInterval: settings.scrapeInterval,
    delays: server.delay,
    naiveBuckets: server.naiveBuckets,
    load: settings.load,
    logFormat: server.logFormat,
    objectives: settings,
  };
}
