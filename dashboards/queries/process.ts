import { metrics, processMetrics as process } from "../../service/src/metrics/definitions.ts";
import { changes, maximum, rate, secondsSince, sum } from "../promql/functions.ts";
import { divide } from "../promql/operators.ts";
import { type Range, series, sums } from "../promql/selector.ts";
import type { Scope } from "./traffic.ts";

const each = ["pod", "instance"] as const;

/** Cores in use. */
export function cores(where: Scope, over: Range) {
  return sum(each, rate(series(process.cpu, where), over));
}

export function residentMemory(where: Scope) {
  return sum(each, series(process.residentMemory, where));
}

export function heapUsed(where: Scope) {
  return sum(each, series(process.heapUsed, where));
}

/** How late the event loop is, half of the time at most. */
export function eventLoopLagMedian(where: Scope) {
  return maximum(each, series(process.eventLoopLagP50, where));
}

/** How late the event loop is, but for one time in a hundred. */
export function eventLoopLagP99(where: Scope) {
  return maximum(each, series(process.eventLoopLagP99, where));
}

/** The share of the time that goes into collecting garbage. */
export function garbageCollection(where: Scope, over: Range) {
  return sum(each, rate(sums(process.garbageCollection, where), over));
}

/** How often a server started anew. */
export function restarts(where: Scope, over: Range) {
  return sum(each, changes(series(process.startTime, where), over));
}

/** Seconds since the start. */
export function uptime(where: Scope) {
  return secondsSince(maximum(each, series(process.startTime, where)));
}

/** The share of the files and connections that the process may have open. */
export function openFiles(where: Scope) {
  return divide(sum(each, series(process.openFiles, where)), sum(each, series(process.maxFiles, where)));
}

/** Log lines a second that nobody will ever read. */
export function droppedLines(where: Scope, over: Range) {
  return sum(each, rate(series(metrics.droppedLogLines, where), over));
}

/** Connections and requests that never got as far as having a route. */
export function turnedAway(where: Scope, over: Range) {
  return {
    refused: sum(each, rate(series(metrics.refusedConnections, where), over)),
    malformed: sum(each, rate(series(metrics.malformedRequests, where), over)),
  };
}
