import { setTimeout as sleep } from "node:timers/promises";
import { type Command, Option } from "commander";
import { kept } from "../../dashboards/queries.ts";
import { runbook } from "../../dashboards/rules/alerting.ts";
import { type Objectives, objectivesOf } from "../../dashboards/rules/objectives.ts";
import { UserError } from "../../stack/errors.ts";
import { Grafana } from "../clients/grafana.ts";
import { query } from "../clients/prometheus.ts";
import { reach } from "../clients/reach.ts";
import { firingSeverities, reachedAlertmanager } from "../incident/alert.ts";
import { type IncidentKind, type IncidentPlan, incidentKinds, planIncident } from "../incident/plan.ts";
import { sendSteadily } from "../incident/traffic.ts";
import { type CommonOptions, exitsWith, jsonOption, planOf, stackOption } from "../options.ts";
import { outputsOf } from "../pulumi/outputs.ts";
import { exitCodes } from "../terminal/exit-codes.ts";
import { onStop } from "../terminal/interrupt.ts";
import { reserveStdoutForJson, say, sayJson, styled } from "../terminal/say.ts";

interface IncidentOptions extends CommonOptions {
  readonly kind: IncidentKind;
  readonly duration?: string;
  readonly rate?: string;
}

/** The options and the action of the command. */
export const define = (command: Command) =>
  command
    .addOption(
      new Option("--kind <kind>", "kind of the incident: requests fail or are slow")
        .choices(incidentKinds)
        .default("errors"),
    )
    .option("--duration <duration>", "how long, such as 90s or 5m (default: long enough for the alert)")
    .option("--rate <number>", "requests per second (default: five times the rate of the last minutes)")
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(exitsWith(runIncident));

/** When each event was seen, in seconds after the start; undefined if not seen. */
interface Seen {
  fired?: number;
  alertmanager?: number;
  ended?: number;
  resolved?: number;
}

/** Sends failing or slow requests for a while, and watches the alert in Prometheus and Grafana. */
async function runIncident(options: IncidentOptions): Promise<number> {
  const { stack, json, kind } = options;
  if (json) reserveStdoutForJson();
  const { settings, server } = planOf(stack);
  const objectives = objectivesOf(settings, server.delay, settings.scrapeInterval);
  const outputs = await outputsOf(stack);
  const { urls, close } = await reach(outputs, ["grafana", "prometheus", "server"]);
  const plan = planIncident({
    ...options,
    objectives,
    delays: server.delay,
    scrapeInterval: settings.scrapeInterval,
    requestsNow: await requestsNow(urls.prometheus),
  });
  const { alert, condition } = plan;
  const fires = async () => (await firingSeverities(urls.prometheus, alert)).includes(condition.severity);
  if (await fires()) throw alreadyFiring(alert);

  sayPlan(kind, plan);
  const grafana = new Grafana(urls.grafana, outputs.grafanaUser, outputs.grafanaPassword);
  const began = performance.now();
  const passed = () => (performance.now() - began) / 1000;
  const note = (text: string) => say(`${styled("dim", `+${passed().toFixed(1).padStart(6)} s`)}  ${text}`);
  const stop = new AbortController();
  let interrupted = false;
  onStop(() => {
    interrupted = true;
    stop.abort();
  });

  const seen: Seen = {};
  note("requests begin");
  const sent = sendSteadily(urls.server, plan.path, plan.rate, stop.signal);
  const last = plan.seconds + 3 * plan.secondsToCondition + secondsToEnd(plan, objectives);
  while (seen.resolved === undefined && passed() < last) {
    if (seen.ended === undefined && (passed() >= plan.seconds || interrupted)) {
      seen.ended = passed();
      stop.abort();
      note(`requests end: ${sent.sent} sent`);
    }
    if (interrupted) break;
    const firing = await fires();
    if (firing && seen.fired === undefined) {
      seen.fired = passed();
      note(styled("red", `${alert} fires in Prometheus (${condition.severity})`));
    }
    if (settings.preset === "full" && seen.fired !== undefined && seen.alertmanager === undefined) {
      if (await reachedAlertmanager(grafana, alert)) {
        seen.alertmanager = passed();
        note("Alertmanager received it; Grafana shows it under Alerting");
      }
    }
    if (!firing && seen.fired !== undefined && seen.ended !== undefined) {
      seen.resolved = passed();
      note(
        styled(
          "green",
          `the alert is resolved, ${(seen.resolved - seen.ended).toFixed(1)} s after the last request`,
        ),
      );
    }
    await sleep(500);
  }
  const left = interrupted ? [] : await firingSeverities(urls.prometheus, alert);
  close();
  return conclude(stack, json, plan, seen, { interrupted, left });
}

function conclude(
  stack: string,
  json: boolean,
  plan: IncidentPlan,
  seen: Seen,
  { interrupted, left }: { interrupted: boolean; left: readonly string[] },
): number {
  const { alert, condition, path, rate, seconds } = plan;
  if (json)
    sayJson({ stack, alert, severity: condition.severity, path, rate, seconds, ...seen, stillFiring: left });
  if (interrupted) return exitCodes.interrupted;
  if (!json && left.includes("ticket") && condition.severity === "page") {
    say("The ticket keeps firing for a while, because its windows are longer.");
  }
  if (seen.fired === undefined) say(styled("red", `${alert} did not fire`));
  else if (seen.resolved === undefined) say(styled("red", `${alert} still fires`));
  else say(`What the alert means and what to do: ${Object.values(runbook(alert, undefined)).join()}`);
  return seen.resolved === undefined ? exitCodes.failed : exitCodes.ok;
}

/** The alert resolves when its short window no longer includes the incident. */
function secondsToEnd({ condition }: IncidentPlan, { alerts }: Objectives): number {
  const longest = Math.max(
    ...alerts.filter(({ severity }) => severity === condition.severity).map(({ longSeconds }) => longSeconds),
  );
  return 120 + longest;
}

async function requestsNow(prometheusUrl: string): Promise<number> {
  const [sample] = await query(prometheusUrl, `avg_over_time(${kept.requests.name}{slo="availability"}[5m])`);
  return sample?.value ?? 0;
}

function sayPlan(kind: string, { path, rate, seconds, alert, condition }: IncidentPlan): void {
  say(
    `${styled("bold", kind)} for ${seconds} s: ${rate} requests per second to ${path}, in addition to the current load`,
  );
  say(
    `${alert} fires when the error budget is spent more than ${condition.rate} times too fast ` +
      `over ${condition.long} and ${condition.short}\n`,
  );
}

function alreadyFiring(alert: string): UserError {
  return new UserError(
    {
      what: `${alert} is already firing`,
      why: "a new incident would not be visible",
      fix: "wait until it is resolved (dashboard Delayed server, Objectives), then run the command again",
    },
    "readiness",
  );
}
