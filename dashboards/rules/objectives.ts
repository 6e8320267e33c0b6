import { delayBuckets } from "../../service/src/delay/buckets.ts";
import { type DelaySettings, delayQuantile } from "../../service/src/delay/distribution.ts";
import { type Milliseconds, parseDuration } from "../../service/src/delay/duration.ts";
import {
  duration,
  integer,
  type SettingProblem,
  share,
  type ValuesOf,
  webUrl,
} from "../../service/src/setting-kinds.ts";
import { promDuration } from "../queries.ts";

const hour = 3_600_000;
/** The longest window and period; Prometheus rejects durations above 292 years. */
const year = 8_760 * hour;

/** The server's objectives, and when to alert. */
export const objectiveSettings = {
  availabilityObjective: objective({
    default: "99%",
    description: "Share of requests that must not fail with a status of 500 or above.",
  }),
  latencyObjective: objective({
    default: "95%",
    description: "Share of requests that must not take longer than `latencyThreshold`.",
  }),
  latencyThreshold: duration({
    example: "1.5s",
    description:
      "Longest duration that counts as fast enough for `latencyObjective`, rounded up to a bucket bound. " +
      "Unset: the lowest bound at which the configured delays use at most half of the error budget.",
    from: 1,
    to: hour,
  }),
  errorBudgetPeriod: duration({
    default: "720h",
    description: "Period over which an objective must be met, and its error budget may be spent.",
    from: hour,
    to: year,
  }),
  burnRates: burnRatesSetting({
    default: "page=14.4:1h/5m,page=6:6h/30m,ticket=1:72h/6h",
    description:
      "When to alert: the severity, the burn rate (how many times faster than allowed the error budget is spent), " +
      "and the long and the short window over both of which it must be exceeded. The defaults are those of the SRE workbook.",
  }),
  alertTimeScale: integer({
    default: "60",
    description:
      "Factor by which `errorBudgetPeriod` and the windows of `burnRates` are shortened, " +
      "so that you can watch an alert fire and resolve: with 60, an hour becomes a minute. Use 1 in production.",
    from: 1,
    to: 3600,
  }),
  runbookUrl: webUrl({
    example: "https://git.example.com/latency-lab/docs/alerts.md",
    description:
      "URL at which a browser finds `docs/alerts.md`. Every alert links to its section there (annotation `runbook_url`). " +
      "Unset: the annotation `runbook` names the section.",
  }),
};

/** The values of these settings. */
export type ObjectiveSettings = ValuesOf<typeof objectiveSettings>;

function objective(about: { default: string; description: string }) {
  const any = share(about);
  return {
    ...any,
    allowed: "a share from 50% to 99.99%",
    parse: (value: string) => {
      const parsed = any.parse(value);
      if (parsed === undefined || parsed < 0.5 || parsed > 0.9999) return undefined;
      // Otherwise 99.9 / 100 would show as 0.9990000000000001.
      return Number(parsed.toPrecision(12));
    },
  };
}

/** `page`: act now. `ticket`: act within days. */
type Severity = "page" | "ticket";

/**
 * An alert condition of the SRE workbook
 * (https://sre.google/workbook/alerting-on-slos/, "multiwindow, multi-burn-rate alerts"):
 * the long window shows that the spent budget matters, the short one that it is still
 * being spent, so that the alert resolves soon after the cause is gone.
 */
interface BurnRate {
  readonly severity: Severity;
  /** How many times faster than the objective allows. */
  readonly rate: number;
  readonly long: Milliseconds;
  readonly short: Milliseconds;
}

/** Parses `page=14.4:1h/5m,ticket=1:72h/6h`. */
function burnRatesSetting(about: { default: string; description: string }) {
  return {
    ...about,
    type: "burn rates",
    allowed:
      "one to eight of severity=rate:long/short, separated by commas, such as page=14.4:1h/5m, with windows from 1s to 8760h",
    parse: (text: string): readonly BurnRate[] | undefined => {
      const rates = text.split(",").map((one) => parseBurnRate(one.trim()));
      return rates.length <= 8 && rates.every((one) => one !== undefined) ? rates : undefined;
    },
  };
}

function parseBurnRate(text: string): BurnRate | undefined {
  const match = /^(page|ticket)=(\d{1,6}(?:\.\d{1,6})?):([^/]+)\/([^/]+)$/.exec(text);
  if (match === null) return undefined;
  const [, severity, rate, long, short] = match as unknown as [string, Severity, string, string, string];
  const windows = { long: parseDuration(long), short: parseDuration(short) };
  if (windows.long === undefined || windows.short === undefined) return undefined;
  if (Number(rate) <= 0 || windows.short < 1000 || windows.long < windows.short) return undefined;
  if (windows.long > year) return undefined;
  return { severity, rate: Number(rate), long: windows.long, short: windows.short };
}

/** What the objectives depend on. */
export interface ObjectiveOptions {
  /** Seconds between scrapes, and between evaluations of rules. */
  readonly scrapeInterval: number;
  /** The configured delays of the server, from which its buckets are derived. */
  readonly delays: DelaySettings;
  /** The server's objectives. */
  readonly objectives: ObjectiveSettings;
}

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

export function objectivesOf({ objectives: settings, delays, scrapeInterval }: ObjectiveOptions): Objectives {
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
export function retentionDays(options: ObjectiveOptions): number {
  const { periodSeconds } = objectivesOf(options);
  return Math.max(leastDays, Math.ceil(periodSeconds / 86_400) + 1);
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
  const bounds = delayBuckets(delays);
  return bounds.find((bound) => bound >= least) ?? Math.max(...bounds);
}

/** Settings that are valid one by one but do not fit together. */
export function objectiveProblems(settings: ObjectiveSettings, delays: DelaySettings): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const highest = Math.max(...delayBuckets(delays));
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
      allowed: `above ${Number((1 - 1 / fastest).toPrecision(4))}: even if every request failed, its budget would burn only ${possible} times faster than allowed, and burnRates requires ${fastest}`,
    });
  }
  return problems;
}
