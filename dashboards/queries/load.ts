import { loadMetrics } from "../../service/src/load/metrics.ts";
import { histogramQuantile, rate, sum } from "../promql/functions.ts";
import { buckets, series } from "../promql/selector.ts";
import type { Range } from "../promql/vector.ts";
import type { Scope } from "./scope.ts";

/** Requests a second that the load generator sent and that ended, by the status of their answer. */
export function sentByStatus(where: Scope, over: Range) {
  return sum(["status"], rate(series(loadMetrics.requests, where), over));
}

/** Requests a second that it is told to send. */
export function configuredRate(where: Scope) {
  return sum([], series(loadMetrics.rate, where));
}

export function waiting(where: Scope) {
  return sum([], series(loadMetrics.inFlight, where));
}

/** Requests a second that were due and not sent, because too many were waiting. */
export function notSent(where: Scope, over: Range) {
  return sum([], rate(series(loadMetrics.skipped, where), over));
}

/** A quantile of the time from the moment a request was due to the end of its answer. */
export function clientQuantile(quantile: number, where: Scope, over: Range) {
  return histogramQuantile(quantile, sum(["le"], rate(buckets(loadMetrics.duration, where), over)));
}
