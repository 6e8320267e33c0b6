import type { AlertName } from "../../dashboards/rules/alerting.ts";
import type { BurnAlert, Objectives } from "../../dashboards/rules/objectives.ts";
import type { DelaySettings } from "../../service/src/delay/distribution.ts";
import { formatDuration, parseDuration } from "../../service/src/delay/duration.ts";
import type { UserError } from "../../stack/errors.ts";
import { wrongInput } from "../options.ts";

export const incidentKinds = ["errors", "latency"] as const;
export type IncidentKind = (typeof incidentKinds)[number];

/** The traffic of an incident and the alert that it causes. */
export interface IncidentPlan {
  /** Path that requests are sent to. */
  readonly path: string;
  /** Requests per second. */
  readonly rate: number;
  readonly seconds: number;
  readonly alert: AlertName;
  /** The alert's condition that is met first. */
  readonly condition: BurnAlert;
  /** Seconds until the condition is met, if the current load stays the same. */
  readonly secondsToCondition: number;
}

/** The input of `planIncident`. */
export interface Circumstances {
  readonly kind: IncidentKind;
  readonly objectives: Objectives;
  readonly delays: DelaySettings;
  /** The server's current requests per second. */
  readonly requestsNow: number;
  readonly scrapeInterval: number;
  /** The user's options, unparsed. */
  readonly rate?: string;
  readonly duration?: string;
}

/** Five times the current load in bad requests violates every objective. */
const loadFactor = 5;
const minRate = 20;
/** A higher rate would measure this machine, not the server. */
const maxRate = 2000;

/** Plans an incident that is certain to cause an alert. Throws if that is impossible. */
export function planIncident(circumstances: Circumstances): IncidentPlan {
  const { kind, objectives, delays, requestsNow, scrapeInterval } = circumstances;
  const slo = kind === "errors" ? "availability" : "latency";
  if (kind === "latency" && delays.max / 1000 < objectives.threshold) throw neverSlow(objectives, delays);
  const rate = circumstances.rate === undefined ? defaultRate(requestsNow) : parsedRate(circumstances.rate);
  const budget = 1 - objectives[slo];
  const reached = objectives.alerts
    .filter((alert) => alert.rate * budget < rate / (rate + requestsNow))
    .map((condition) => ({ condition, seconds: secondsToReach(condition, budget, rate, requestsNow) }))
    .sort((a, b) => a.seconds - b.seconds);
  const pages = reached.filter(({ condition }) => condition.severity === "page");
  const first = pages[0] ?? reached[0];
  if (first === undefined) throw tooFew(rate, requestsNow);
  // Includes a scrape, the base rate's window, and the evaluation of rules and alerts.
  const secondsToCondition = first.seconds + 8 * scrapeInterval;
  return {
    path: kind === "errors" ? "/status/500" : `/delay/${formatDuration(delays.max)}`,
    rate,
    seconds:
      circumstances.duration === undefined
        ? Math.max(60, Math.ceil(secondsToCondition * 1.5))
        : parsedSeconds(circumstances.duration),
    alert: kind === "errors" ? "DelayedServerErrorBudgetBurn" : "DelayedServerLatencyBudgetBurn",
    condition: first.condition,
    secondsToCondition,
  };
}

/** Seconds until the bad requests reach the share in the long window: x·t / (now·window + x·t). */
function secondsToReach({ rate, longSeconds }: BurnAlert, budget: number, sent: number, now: number): number {
  const share = rate * budget;
  return (share * now * longSeconds) / (sent * (1 - share));
}

function defaultRate(requestsNow: number): number {
  return Math.min(maxRate, Math.max(minRate, Math.ceil(loadFactor * requestsNow)));
}

function parsedRate(text: string): number {
  const rate = Number(text);
  if (rate >= 1 && rate <= maxRate) return rate;
  throw wrongInput(`--rate ${text} is not allowed`, `it must be a number from 1 to ${maxRate}`, "--rate 50");
}

function parsedSeconds(text: string): number {
  const seconds = (parseDuration(text) ?? 0) / 1000;
  if (seconds >= 1 && seconds <= 86_400) return seconds;
  throw wrongInput(
    `--duration ${text} is not allowed`,
    "it must be a duration from 1s to 24h",
    "--duration 90s",
  );
}

function neverSlow({ threshold }: Objectives, delays: DelaySettings): UserError {
  return wrongInput(
    "no request can be slow",
    `the longest possible delay is ${formatDuration(delays.max)}, and requests of up to ${threshold} s meet the objective`,
    `npm run up -- --config latencyThreshold=${formatDuration(Math.max(1, delays.max / 2))}`,
  );
}

function tooFew(rate: number, requestsNow: number): UserError {
  return wrongInput(
    `--rate ${rate} is too low to cause an incident`,
    `with ${requestsNow.toFixed(1)} good requests per second, no alert would fire`,
    `--rate ${defaultRate(requestsNow)}`,
  );
}
