import { processMetrics } from "../../service/src/metrics/definitions.ts";
import { atLeast, average, count, histogramQuantile, maximum, rate, sum } from "../promql/functions.ts";
import { equal, minus, orZero } from "../promql/operators.ts";
import { buckets, series } from "../promql/selector.ts";
import type { Range } from "../promql/vector.ts";
import { loki, prometheus, promtail, scraping } from "./around.ts";
import type { Scope } from "./scope.ts";

/** Targets whose last scrape was answered. */
export function targetsUp(where: Scope) {
  return sum([], series(scraping.up, where));
}

/** Targets whose last scrape failed; 0, not nothing, when there are none. */
export function targetsDown(where: Scope) {
  return orZero(count([], equal(series(scraping.up, where), 0)));
}

/** The share of a job's targets whose last scrape was answered. */
export function answeredShare(where: Scope) {
  return average(["job"], series(scraping.up, where));
}

export function scrapeDuration(where: Scope) {
  return maximum(["job"], series(scraping.duration, where));
}

export function samplesByJob(where: Scope) {
  return sum(["job"], series(scraping.samples, where));
}

export function storedSeries(where: Scope) {
  return sum(["instance"], series(prometheus.series, where));
}

export function appendedSamples(where: Scope, over: Range) {
  return sum(["instance"], rate(series(prometheus.samples, where), over));
}

export function ruleDuration(where: Scope) {
  return maximum(["rule_group"], series(prometheus.ruleDuration, where));
}

export function ruleFailures(where: Scope, over: Range) {
  return sum(["rule_group"], rate(series(prometheus.ruleFailures, where), over));
}

/** Alerts a second that reached an Alertmanager, and that did not. */
export function notifications(where: Scope, over: Range) {
  return {
    sent: orZero(sum([], rate(series(prometheus.notificationsSent, where), over))),
    failed: orZero(sum([], rate(series(prometheus.notificationErrors, where), over))),
  };
}

export function residentMemory(where: Scope) {
  return sum(["job", "instance"], series(processMetrics.residentMemory, where));
}

export function receivedLines(where: Scope, over: Range) {
  return sum(["instance"], rate(series(loki.lines, where), over));
}

export function receivedBytes(where: Scope, over: Range) {
  return sum(["instance"], rate(series(loki.bytes, where), over));
}

export function streams(where: Scope) {
  return sum(["instance"], series(loki.streams, where));
}

export function lokiRequestTime(quantile: number, where: Scope, over: Range) {
  return histogramQuantile(quantile, sum(["le", "route"], rate(buckets(loki.requests, where), over)));
}

export function sentLines(where: Scope, over: Range) {
  return sum(["instance"], rate(series(promtail.sent, where), over));
}

/** What is written to the files that Promtail follows, and not yet read by it. */
export function unreadBytes(where: Scope) {
  return sum(["instance"], atLeast(minus(series(promtail.size, where), series(promtail.read, where)), 0));
}

/** Lines a second that were given up. */
export function lostLines(where: Scope, over: Range) {
  return {
    discarded: orZero(sum([], rate(series(loki.discarded, where), over))),
    dropped: orZero(sum([], rate(series(promtail.dropped, where), over))),
  };
}
