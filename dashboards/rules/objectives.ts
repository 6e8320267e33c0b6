import type { DelaySettings } from "../../service/src/delay/distribution.ts";
import type { DashboardOptions } from "../options.ts";
import { promDuration } from "../promql.ts";
import type { ObjectiveSettings } from "../settings.ts";
import type { Severity } from "./burn-rates.ts";
import { thresholdBound } from "./threshold.ts";

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
