import { metrics } from "../../service/src/metrics/definitions.ts";
import { watchingRoutes } from "../../service/src/routes.ts";
import { rate, sum } from "../promql/functions.ts";
import type { LabelOf, TargetLabel } from "../promql/metric.ts";
import { divide, or, orZero, times } from "../promql/operators.ts";
import { counts, type Matchers, matches, matchesNot, type Range, series } from "../promql/selector.ts";

const { requestDuration } = metrics;

/** Status codes that are the server's fault, not the client's. */
const failed = { status: matches("5..") };

type By = LabelOf<typeof requestDuration>;
type Where = Scope & Matchers<"route">;

/** Answered requests per second, without probes, scrapes and aborted requests. */
export function requestRate<const B extends By>(by: readonly B[], where: Where, over: Range) {
  return sum(by, rate(counts(requestDuration, where), over));
}

/** Failed requests per second; 0 instead of nothing if none failed. */
export function errorRate<const B extends Exclude<By, "status">>(
  by: readonly B[],
  where: Where,
  over: Range,
) {
  const errors = sum(by, rate(counts(requestDuration, where, failed), over));
  return or(errors, times(requestRate(by, where, over), 0));
}

/** Share of failed requests. */
export function errorRatio<const B extends Exclude<By, "status">>(
  by: readonly B[],
  where: Where,
  over: Range,
) {
  return divide(errorRate(by, where, over), requestRate(by, where, over));
}

/** Requests per second that have a log line: all except probes and scrapes. */
export function loggableRate(where: Scope, over: Range) {
  const route = matchesNot(Object.values(watchingRoutes).join("|"));
  return sum(["pod"], rate(series(metrics.requests, where, { route }), over));
}

/** All requests by status, including probes, scrapes and aborted requests. */
export function endedRate(where: Where, over: Range) {
  return sum(["status"], rate(series(metrics.requests, where), over));
}

/** Requests whose client disconnected before the response was complete. */
export function abortedRate(where: Where, over: Range) {
  return sum(["route"], rate(series(metrics.aborted, where), over));
}

/** Requests that failed because of the configured error rate. */
export function injectedErrorRate(where: Scope, over: Range) {
  return orZero(sum([], rate(series(metrics.injectedErrors, where), over)));
}

export function inFlight(where: Scope) {
  return sum(["pod", "instance"], series(metrics.inFlight, where));
}

export function openConnections(where: Scope) {
  return sum(["pod", "instance"], series(metrics.openConnections, where));
}

/** The targets that a query selects. */
export type Scope = Matchers<TargetLabel>;

/** The servers selected by the dashboard's variables. */
export const chosenServers = {
  job: matches("$job"),
  namespace: matches("$namespace"),
  pod: matches("$pod"),
  instance: matches("$instance"),
} satisfies Scope;

/** The targets selected by the variables of the monitoring dashboard. */
export const chosenTargets = { job: matches("$job"), instance: matches("$instance") } satisfies Scope;

/** The servers of one stack; those outside the cluster lack its label. Without a stack, all servers. */
export function serversOf(stack: { readonly instance: string } | undefined): Scope {
  // Stack names contain only lower-case letters, digits and `-`, so they need no escaping.
  return stack === undefined ? {} : { app_kubernetes_io_instance: matches(`${stack.instance}|`) };
}
