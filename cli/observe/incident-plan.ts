import type { AlertName } from "../../dashboards/rules/alerting.ts";
import type { BurnAlert, Objectives } from "../../dashboards/rules/objectives.ts";
import type { DelaySettings } from "../../service/src/delay/distribution.ts";
import { formatDuration, parseDuration } from "../../service/src/delay/duration.ts";
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

/** A higher rate would measure this machine, not the server. */
const maxRate = 2000;

/** Plans an incident that is certain to cause an alert. Throws if that is impossible. */
export function planIncident(circumstances: Circumstances): IncidentPlan {
  const { kind, objectives, delays, requestsNow, scrapeInterval, duration } = circumstances;
  const { threshold, alerts } = objectives;
  const slow = formatDuration(delays.max);
  if (kind === "latency" && delays.max / 1000 < threshold)
    throw wrongInput(
      "no request can be slow",
      `the longest possible delay is ${slow}, and requests of up to ${threshold} s meet the objective`,
      `npm run up -- --config latencyThreshold=${formatDuration(Math.max(1, delays.max / 2))}`,
    );
  // Five times the current load in bad requests violates every objective.
  const enough = Math.min(maxRate, Math.max(20, Math.ceil(5 * requestsNow)));
  const rate = parsedRate(circumstances.rate ?? String(enough));
  const budget = 1 - objectives[kind === "errors" ? "availability" : "latency"];
  const reached = alerts
    .filter((alert) => alert.rate * budget < rate / (rate + requestsNow))
    .map((condition) => {
      // Until the bad requests reach the share in the long window: x·t / (now·window + x·t).
      const share = condition.rate * budget;
      return { condition, seconds: (share * requestsNow * condition.longSeconds) / (rate * (1 - share)) };
    })
    .sort((a, b) => a.seconds - b.seconds);
  const first = reached.find(({ condition }) => condition.severity === "page") ?? reached[0];
  if (first === undefined)
    throw wrongInput(
      `--rate ${rate} is too low to cause an incident`,
      `with ${requestsNow.toFixed(1)} good requests per second, no alert would fire`,
      `--rate ${enough}`,
    );
  // Includes a scrape, the base rate's window, and the evaluation of rules and alerts.
  const secondsToCondition = first.seconds + 8 * scrapeInterval;
  return {
    path: kind === "errors" ? "/status/500" : `/delay/${slow}`,
    rate,
    seconds:
      duration === undefined ? Math.max(60, Math.ceil(secondsToCondition * 1.5)) : parsedSeconds(duration),
    alert: kind === "errors" ? "DelayedServerErrorBudgetBurn" : "DelayedServerLatencyBudgetBurn",
    condition: first.condition,
    secondsToCondition,
  };
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
