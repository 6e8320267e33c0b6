import { metrics } from "../../service/src/metrics/definitions.ts";
import { counts, type Matchers, matches, type TargetLabel } from "../promql.ts";

/** The targets that a query selects. */
export type Scope = Matchers<TargetLabel>;

/** The servers selected by the dashboard's variables. */
export const chosenServers = {
  job: matches("$job"),
  namespace: matches("$namespace"),
  pod: matches("$pod"),
  instance: matches("$instance"),
} satisfies Scope;

/** The servers and routes selected by the variables. */
export const chosenRequests = { ...chosenServers, route: matches("$route") };

/** The targets selected by the variables of the monitoring dashboard. */
export const chosenTargets = { job: matches("$job"), instance: matches("$instance") } satisfies Scope;

/** The servers of one stack; those outside the cluster lack its label. Without a stack, all servers. */
export function serversOf(stack: { readonly instance: string } | undefined): Scope {
  // Stack names contain only lower-case letters, digits and `-`, so they need no escaping.
  return stack === undefined ? {} : { app_kubernetes_io_instance: matches(`${stack.instance}|`) };
}

type Where = Scope & Matchers<"route">;

/** All requests together, or each route. */
type By = "all" | "route";
const sumBy = { all: "sum", route: "sum by (route) " } as const;

/** Answered requests per second, without probes, scrapes and aborted requests. */
export function requestRate(by: By, where: Where, over: string): string {
  return `${sumBy[by]}(rate(${counts(metrics.requestDuration, where)}[${over}]))`;
}

/** Requests per second that failed by the server's fault; 0 instead of nothing if none failed. */
export function errorRate(by: By, where: Where, over: string): string {
  const failed = counts(metrics.requestDuration, { ...where, status: matches("5..") });
  return `${sumBy[by]}(rate(${failed}[${over}]))\nor ${requestRate(by, where, over)} * 0`;
}

/** Share of failed requests. */
export function errorRatio(by: By, where: Where, over: string): string {
  return `(${errorRate(by, where, over)}) / ${requestRate(by, where, over)}`;
}
