import { metrics } from "../../service/src/metrics/definitions.ts";
import { watchingRoutes } from "../../service/src/routes.ts";
import { rate, sum } from "../promql/functions.ts";
import type { LabelOf, TargetLabel } from "../promql/metric.ts";
import { divide, or, orZero, times } from "../promql/operators.ts";
import { counts, type Matchers, matches, matchesNot, type Range, series } from "../promql/selector.ts";

const { requestDuration } = metrics;

/** A server's fault; what a client asked for wrongly is not. */
const failed = { status: matches("5..") };

type By = LabelOf<typeof requestDuration>;
type Where = Scope & Matchers<"route">;

/** Answered requests a second: without probes, scrapes and clients that left. */
export function requestRate<const B extends By>(by: readonly B[], where: Where, over: Range) {
  return sum(by, rate(counts(requestDuration, where), over));
}

/** Requests a second that the server failed; 0, not nothing, where none did. */
export function errorRate<const B extends Exclude<By, "status">>(
  by: readonly B[],
  where: Where,
  over: Range,
) {
  const errors = sum(by, rate(counts(requestDuration, where, failed), over));
  return or(errors, times(requestRate(by, where, over), 0));
}

/** The share of the requests that the server failed. */
export function errorRatio<const B extends Exclude<By, "status">>(
  by: readonly B[],
  where: Where,
  over: Range,
) {
  return divide(errorRate(by, where, over), requestRate(by, where, over));
}

/** Requests a second that the log has a line for: all that ended, but for probes and scrapes. */
export function loggableRate(where: Scope, over: Range) {
  const route = matchesNot(Object.values(watchingRoutes).join("|"));
  return sum(["pod"], rate(series(metrics.requests, where, { route }), over));
}

/** All requests that ended, probes, scrapes and those whose client left included, by their status. */
export function endedRate(where: Where, over: Range) {
  return sum(["status"], rate(series(metrics.requests, where), over));
}

/** Requests whose client left before the response was complete. */
export function abortedRate(where: Where, over: Range) {
  return sum(["route"], rate(series(metrics.aborted, where), over));
}

/** Requests that failed because the configured error rate drew them. */
export function injectedErrorRate(where: Scope, over: Range) {
  return orZero(sum([], rate(series(metrics.injectedErrors, where), over)));
}

export function inFlight(where: Scope) {
  return sum(["pod", "instance"], series(metrics.inFlight, where));
}

export function openConnections(where: Scope) {
  return sum(["pod", "instance"], series(metrics.openConnections, where));
}

/** Which targets a query speaks of. */
export type Scope = Matchers<TargetLabel>;

/** The servers chosen by the variables of a dashboard. */
export const chosenServers = {
  job: matches("$job"),
  namespace: matches("$namespace"),
  pod: matches("$pod"),
  instance: matches("$instance"),
} satisfies Scope;

/** The targets chosen by the variables of a dashboard about the monitoring. */
export const chosenTargets = { job: matches("$job"), instance: matches("$instance") } satisfies Scope;

/**
 * The servers of one stack: those in the cluster carry its name, those outside
 * of it have no such label. Without a stack, all there are.
 */
export function serversOf(stack: { readonly instance: string } | undefined): Scope {
  // Names of stacks are lower-case letters, digits and `-`: nothing that a pattern could mistake.
  return stack === undefined ? {} : { app_kubernetes_io_instance: matches(`${stack.instance}|`) };
}
