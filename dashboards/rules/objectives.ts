import type { DelaySettings } from "../../service/src/delay/distribution.ts";
import type { DashboardOptions } from "../options.ts";
import { promDuration, type Range } from "../promql/selector.ts";
import type { ObjectiveSettings } from "../settings.ts";
import type { Severity } from "./burn-rates.ts";
import { thresholdBound } from "./threshold.ts";

type Window = Exclude<Range, `$${string}`>;

/** An alert condition with its windows as they really run. */
export interface BurnAlert {
  readonly severity: Severity;
  readonly rate: number;
  readonly long: Window;
  /** The long window in seconds. */
  readonly longSeconds: number;
  readonly short: Window;
}

/** The objectives of a server, ready to be asked about. */
export interface Objectives {
  /** The share of requests that must not fail. */
  readonly availability: number;
  /** The share of requests that must be fast enough. */
  readonly latency: number;
  /** What is fast enough, in seconds; a bound of the histogram. */
  readonly threshold: number;
  readonly period: Window;
  readonly periodSeconds: number;
  readonly alerts: readonly BurnAlert[];
  /** Every window of an alert, once, shortest first. */
  readonly windows: readonly Window[];
  /** Over what rates are taken before windows average them: short, but never empty. */
  readonly base: Window;
}

/**
 * A rate needs two scrapes; with four one may fail, and with a short window of
 * as many an alert is not decided by a single scrape.
 */
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
  // Windows that scaling made one would be two rules with the same labels: the one that fires first is kept.
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

/** A week to look back at. */
const leastDays = 7;

/** For how many days Prometheus must keep its series, so that an error budget's whole period is known. */
export function retentionDays({ objectives, delays, scrapeInterval }: DashboardOptions): number {
  const { periodSeconds } = objectivesOf(objectives, delays, scrapeInterval);
  return Math.max(leastDays, Math.ceil(periodSeconds / 86_400) + 1);
}
