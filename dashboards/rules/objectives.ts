import { delayBuckets } from "../../service/src/delay/buckets.ts";
import { type DelaySettings, delayQuantile } from "../../service/src/delay/distribution.ts";
import type { SettingProblem } from "../../service/src/setting-kinds.ts";
import type { DashboardOptions } from "../options.ts";
import { promDuration } from "../promql.ts";
import type { ObjectiveSettings, Severity } from "../settings.ts";

/** An alert condition with its scaled windows. */
export interface BurnAlert {
  readonly severity: Severity;
  readonly rate: number;
  readonly long: string;
  /** The long window in seconds. */
  readonly longSeconds: number;
  readonly short: string;
}

/** The objectives of a server, with windows scaled and the threshold resolved. */
export interface Objectives {
  /** Share of requests that must not fail. */
  readonly availability: number;
  /** Share of requests that must be fast enough. */
  readonly latency: number;
  /** Longest duration that is fast enough, in seconds; a bucket bound. */
  readonly threshold: number;
  readonly period: string;
  readonly periodSeconds: number;
  readonly alerts: readonly BurnAlert[];
  /** All windows of the alerts without duplicates, shortest first. */
  readonly windows: readonly string[];
  /** Range of the rates that the windows average: as short as possible, but never empty. */
  readonly base: string;
}

/** A rate needs two scrapes. With four, one may fail, and no alert depends on a single scrape. */
const scrapesInBase = 4;

export function objectivesOf(
  settings: ObjectiveSettings,
  delays: DelaySettings,
  scrapeInterval: number,
): Objectives {
  const base = scrapesInBase * scrapeInterval;
  const scaled = (milliseconds: number) => Math.round(milliseconds / 1000 / settings.alertTimeScale);
  const all = settings.burnRates.map(({ severity, rate, long, short }) => {
    const longSeconds = Math.max(scaled(long), 3 * base);
    return {
      severity,
      rate,
      longSeconds,
      long: promDuration(longSeconds),
      short: promDuration(Math.max(scaled(short), base)),
    };
  });
  // Scaling can make two windows, and so two rules' labels, equal: keep the more sensitive alert.
  const alerts = all.filter((one) => {
    const same = all.filter(({ severity, long }) => severity === one.severity && long === one.long);
    return one === same.reduce((a, b) => (b.rate < a.rate ? b : a));
  });
  const periodSeconds = Math.max(scaled(settings.errorBudgetPeriod), ...alerts.map((one) => one.longSeconds));
  const shortest = [...alerts].sort((a, b) => a.longSeconds - b.longSeconds);
  return {
    availability: settings.availabilityObjective,
    latency: settings.latencyObjective,
    threshold: thresholdBound(delays, settings.latencyObjective, settings.latencyThreshold),
    period: promDuration(periodSeconds),
    periodSeconds,
    alerts,
    windows: [...new Set([...shortest.map(({ short }) => short), ...shortest.map(({ long }) => long)])],
    base: promDuration(base),
  };
}

/** Shortest retention: a week. */
const leastDays = 7;

/** Days that Prometheus must keep its series, so that they cover the period of the error budget. */
export function retentionDays({ objectives, delays, scrapeInterval }: DashboardOptions): number {
  const { periodSeconds } = objectivesOf(objectives, delays, scrapeInterval);
  return Math.max(leastDays, Math.ceil(periodSeconds / 86_400) + 1);
}

/** The bucket bounds, in seconds, of the histogram for these delays. */
export function latencyBounds(delays: DelaySettings): readonly number[] {
  return delayBuckets(delays);
}

/**
 * The longest duration, in seconds, that counts as fast enough: the first bucket bound
 * that is not below the wanted threshold, since a histogram counts only at its bounds.
 *
 * Without a wanted threshold: the time that the configured delays stay below while they
 * use at most half of the error budget, plus the server's own time.
 */
export function thresholdBound(delays: DelaySettings, objective: number, wanted: number | undefined): number {
  const kept = delayQuantile(delays, 1 - (1 - objective) / 2);
  const least = (wanted ?? kept + Math.max(10, kept * 0.02)) / 1000;
  const bounds = latencyBounds(delays);
  return bounds.find((bound) => bound >= least) ?? Math.max(...bounds);
}

/** Settings that are valid one by one but do not fit together. */
export function objectiveProblems(
  settings: ObjectiveSettings,
  delays: DelaySettings,
): SettingProblem<keyof ObjectiveSettings>[] {
  const problems: SettingProblem<keyof ObjectiveSettings>[] = [];
  const highest = Math.max(...latencyBounds(delays));
  if (settings.latencyThreshold !== undefined && settings.latencyThreshold / 1000 > highest) {
    problems.push({
      setting: "latencyThreshold",
      value: `${settings.latencyThreshold / 1000}s`,
      allowed: `at most ${highest}s, the last bound of the histogram that follows from the delays`,
    });
  }
  const fastest = Math.max(...settings.burnRates.map(({ rate }) => rate));
  for (const key of ["availabilityObjective", "latencyObjective"] as const) {
    const possible = Number((1 / (1 - settings[key])).toPrecision(6));
    if (fastest < possible) continue;
    problems.push({
      setting: key,
      value: String(settings[key]),
      allowed: `above ${Number((1 - 1 / fastest).toPrecision(4))}: even if every request failed, its budget would burn only ${possible} times too fast, and burnRates asks for ${fastest}`,
    });
  }
  return problems;
}
