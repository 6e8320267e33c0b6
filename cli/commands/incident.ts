import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Command, Option } from "commander";
import { kept } from "../../dashboards/queries.ts";
import { type AlertName, runbook } from "../../dashboards/rules/alerting.ts";
import { type Objectives, objectivesOf } from "../../dashboards/rules/objectives.ts";
import type { DelaySettings } from "../../service/src/delay/distribution.ts";
import { formatDuration, parseDuration } from "../../service/src/delay/duration.ts";
import { sender } from "../../service/src/load/send.ts";
import { UserError } from "../../stack/errors.ts";
import { optionalParts } from "../../stack/monitoring/options.ts";
import type { Settings } from "../../stack/settings/schema.ts";
import type { Grafana } from "../clients/grafana.ts";
import { query } from "../clients/prometheus.ts";
import { connect } from "../clients/reach.ts";
import { type CommonOptions, wrongInput } from "../options.ts";
import { stopSignal } from "../terminal/process.ts";
import { exitCodes, say, sayResult, styled } from "../terminal/say.ts";

type Options = CommonOptions & { kind: IncidentKind; duration?: string; rate?: string };

export const define = (command: Command) =>
  command
    .addOption(
      new Option("--kind <kind>", "kind of the incident: requests fail or are slow")
        .choices(incidentKinds)
        .default("errors"),
    )
    .option("--duration <duration>", "how long, such as 90s or 5m (default: long enough for the alert)")
    .option("--rate <number>", "requests per second (default: five times the rate of the last minutes)");

/** Sends failing or slow requests for a while, and watches the alert in Prometheus and Grafana. */
export async function run(options: Options): Promise<number> {
  const { urls, grafana, plan: stack } = await connect(options.stack, "grafana", "prometheus", "server");
  const { settings, server } = stack;
  const { scrapeInterval } = settings;
  const delays = server.delay;
  const objectives = objectivesOf({ objectives: settings, delays, scrapeInterval });
  const now = await requestsNow(urls.queries, settings);
  const plan = planIncident({ ...options, objectives, delays, scrapeInterval, requestsNow: now });
  const { alert, path, rate, seconds } = plan;
  const { severity } = plan.condition;
  const firing = () => firingSeverities(urls.queries, alert);
  if ((await firing()).includes(severity))
    throw new UserError(
      {
        what: `${alert} is already firing`,
        why: "a new incident would not be visible",
        fix: "wait until it is resolved (dashboard Delayed server, Objectives), then run the command again",
      },
      "readiness",
    );
  sayPlan(options.kind, plan);

  const began = performance.now();
  const passed = () => (performance.now() - began) / 1000;
  /** When each event was seen, in seconds after the start. */
  const seen: { fired?: number; alertmanager?: number; ended?: number; resolved?: number } = {};
  const note = (event: keyof typeof seen | undefined, text: string) => {
    if (event) seen[event] = passed();
    say(`${styled("dim", `+${passed().toFixed(1).padStart(6)} s`)}  ${text}`);
  };
  note(undefined, "requests begin");
  const stopped = stopSignal();
  const traffic = sendSteadily(urls.server, path, rate);
  // The alert resolves when its windows no longer include the incident.
  const windows = objectives.alerts.filter((one) => one.severity === severity).map((one) => one.longSeconds);
  const last = seconds + 3 * plan.secondsToCondition + 120 + Math.max(...windows);
  const hasAlertmanager = optionalParts(settings).alertmanager;
  while (seen.resolved === undefined && passed() < last) {
    if (seen.ended === undefined && (passed() >= seconds || stopped.aborted))
      note("ended", `requests end: ${traffic.end()} sent`);
    if (stopped.aborted) break;
    const fires = (await firing()).includes(severity);
    if (fires && seen.fired === undefined)
      note("fired", styled("red", `${alert} fires in Prometheus (${severity})`));
    const awaited = hasAlertmanager && seen.fired !== undefined && seen.alertmanager === undefined;
    if (awaited && (await reachedAlertmanager(grafana, alert)))
      note("alertmanager", "Alertmanager received it; Grafana shows it under Alerting");
    if (!fires && seen.fired !== undefined && seen.ended !== undefined) {
      const after = (passed() - seen.ended).toFixed(1);
      note("resolved", styled("green", `the alert is resolved, ${after} s after the last request`));
    }
    await sleep(500);
  }
  const stillFiring = stopped.aborted ? [] : await firing();
  sayResult({ stack: options.stack, alert, severity, path, rate, seconds, ...seen, stillFiring }, () => {
    if (stillFiring.includes("ticket") && severity === "page")
      say("The ticket keeps firing for a while, because its windows are longer.");
  });
  if (stopped.aborted) return exitCodes.interrupted;
  if (seen.fired === undefined) say(styled("red", `${alert} did not fire`));
  else if (seen.resolved === undefined) say(styled("red", `${alert} still fires`));
  else say(`What the alert means and what to do: ${Object.values(runbook(alert, undefined)).join()}`);
  return seen.resolved === undefined ? exitCodes.failed : exitCodes.ok;
}

/** The severities with which an alert currently fires in Prometheus. */
async function firingSeverities(prometheusUrl: string, alert: string): Promise<string[]> {
  const firing = `max by (severity) (ALERTS{alertname="${alert}", alertstate="firing"})`;
  return (await query(prometheusUrl, firing)).map(({ metric }) => metric.severity ?? "");
}

/** Whether Alertmanager received the alert. Uses Grafana as a proxy: Alertmanager has no NodePort. */
async function reachedAlertmanager(grafana: Grafana, alert: string): Promise<boolean> {
  const filter = encodeURIComponent(`alertname="${alert}"`);
  const path = `/api/datasources/proxy/uid/alertmanager/api/v2/alerts?active=true&filter=${filter}`;
  // The caller tries again.
  return (await grafana.get<unknown[]>(path).catch(() => [])).length > 0;
}

/**
 * Sends requests at a constant rate, regardless of responses. Catches up if the timer is late.
 * `end` returns their number.
 */
function sendSteadily(serverUrl: string, path: string, perSecond: number): { end(): number } {
  const { send, close } = sender(serverUrl);
  const began = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * perSecond);
    // Failed requests are part of the incident.
    for (; sent < due; sent++) void send(path, randomUUID()).catch(() => {});
  }, 10);
  const end = () => {
    clearInterval(timer);
    // Let requests in flight finish.
    setTimeout(close, 10_000).unref();
    return sent;
  };
  return { end };
}

async function requestsNow(queries: string, { queryUrl }: Settings): Promise<number> {
  const [sample] = await query(queries, `avg_over_time(${kept.requests.name}{slo="availability"}[5m])`);
  if (sample !== undefined || queryUrl === undefined) return sample?.value ?? 0;
  throw new UserError(
    {
      what: "no alert could fire",
      why: `${queryUrl} has no series of the recording rules`,
      fix: "npm run dashboards -- --out DIR   (writes the rules for the store's ruler, in DIR/rules)",
    },
    "readiness",
  );
}

type IncidentPlan = ReturnType<typeof planIncident>;

function sayPlan(kind: string, { path, rate, seconds, alert, condition }: IncidentPlan): void {
  say(
    `${styled("bold", kind)} for ${seconds} s: ${rate} requests per second to ${path}, in addition to the current load`,
  );
  say(
    `${alert} fires when the error budget is spent more than ${condition.rate} times faster than allowed ` +
      `over ${condition.long} and ${condition.short}\n`,
  );
}

const incidentKinds = ["errors", "latency"] as const;
type IncidentKind = (typeof incidentKinds)[number];

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

/** Plans the traffic of an incident that is certain to cause an alert. Throws if that is impossible. */
export function planIncident(circumstances: Circumstances) {
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
  const usual = Math.max(60, Math.ceil(secondsToCondition * 1.5));
  const alert: AlertName =
    kind === "errors" ? "DelayedServerErrorBudgetBurn" : "DelayedServerLatencyBudgetBurn";
  return {
    path: kind === "errors" ? "/status/500" : `/delay/${slow}`,
    /** Requests per second. */
    rate,
    seconds: duration === undefined ? usual : parsedSeconds(duration),
    alert,
    /** The alert's condition that is met first. */
    condition: first.condition,
    /** Seconds until it is met, if the current load stays the same. */
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
