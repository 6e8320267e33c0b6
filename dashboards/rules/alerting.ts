import { metrics } from "../../service/src/metrics/definitions.ts";
import type { DashboardOptions } from "../options.ts";
import { promDuration, series } from "../promql.ts";
import { kept, type Slo, up } from "../queries/objectives.ts";
import { type Scope, serversOf } from "../queries/traffic.ts";
import { type BurnAlert, type Objectives, objectivesOf } from "./objectives.ts";

/** The job that scrapes servers outside the cluster. */
export const staticJob = "httpserver-metrics";

/** With fewer requests than this, a single failure would look like an outage. */
const fewestRequests = 20;

/** Consecutive failed scrapes before a target counts as down: pods come and go during a rollout. */
const failedScrapes = 6;

/** The alerts, each with a link to its runbook. */
export function alertingRules(options: DashboardOptions): RuleFile<AlertingRule> {
  const objectives = objectivesOf(options.objectives, options.delays, options.scrapeInterval);
  const alerting = (slo: Slo) => objectives.alerts.map((alert) => burnAlert(slo, alert, objectives, options));
  const interval = promDuration(options.scrapeInterval);
  return {
    groups: [
      {
        name: "delayed-server-burn-rates",
        interval,
        rules: [...alerting("availability"), ...alerting("latency")],
      },
      { name: "delayed-server-targets", interval, rules: [down(options), noData(options)] },
    ],
  };
}

function burnAlert(
  slo: Slo,
  alert: BurnAlert,
  objectives: Objectives,
  { objectives: { runbookUrl }, scrapeInterval }: DashboardOptions,
): AlertingRule {
  const { severity, rate, long, short } = alert;
  const burning = (window: string) => `${series(kept.burnRate, { slo, window })} > ${rate}`;
  // The rate is recorded once per scrape interval, so sum × interval = requests in the window. Correct
  // for new series too.
  const requests = `sum_over_time(${series(kept.requests, { slo })}[${long}]) * ${scrapeInterval}`;
  const expr =
    `${burning(long)} and ignoring (window) ${burning(short)} ` +
    `and on (slo) ${requests} > ${fewestRequests}`;
  const name = slo === "availability" ? "DelayedServerErrorBudgetBurn" : "DelayedServerLatencyBudgetBurn";
  const percent = `${Number((objectives[slo] * 100).toPrecision(6))} %`;
  const promise =
    slo === "availability"
      ? `${percent} of the requests must succeed`
      : `${percent} of the requests must take at most ${objectives.threshold} s`;
  const cause = slo === "availability" ? "Requests fail" : "Requests are slow";
  return rule(name, runbookUrl, severity, expr, {
    labels: { slo, window: long },
    summary: `${cause}: the error budget burns {{ $value | printf "%.1f" }} times faster than allowed`,
    description:
      `${promise}, over ${objectives.period}. Over the last ${long} and the last ${short}, ` +
      `more than ${rate} times as many did not.`,
  });
}

function down(options: DashboardOptions): AlertingRule {
  const inCluster = { app_kubernetes_io_name: "delayed-server", ...serversOf(options.stack) };
  const unanswered = (where: Scope) => `${series(up, where)} == 0`;
  const expr = `${unanswered(inCluster)}\nor ${unanswered({ job: staticJob })}`;
  return rule("DelayedServerDown", options.objectives.runbookUrl, "page", expr, {
    for: promDuration(failedScrapes * options.scrapeInterval),
    summary: "{{ $labels.instance }} does not answer Prometheus",
    description:
      "The last scrapes of {{ $labels.instance }} (job {{ $labels.job }}, pod {{ $labels.pod }}) failed: " +
      "the server is gone, hangs, or can't be reached.",
  });
}

function noData(options: DashboardOptions): AlertingRule {
  const { stack, objectives, scrapeInterval } = options;
  const where = stack === undefined ? {} : { app_kubernetes_io_instance: stack.instance };
  const expr = `absent(${series(metrics.buildInfo, where)})`;
  return rule("DelayedServerNoData", objectives.runbookUrl, "page", expr, {
    for: promDuration(failedScrapes * scrapeInterval),
    summary: "Prometheus has no metrics of any delayed server",
    description:
      "Not one server is scraped: there are no pods, they are not annotated, or Prometheus doesn't find them. " +
      "No other alert can fire now.",
  });
}

function rule(
  alert: AlertName,
  runbookUrl: string | undefined,
  severity: string,
  expr: string,
  rest: { for?: string; labels?: Record<string, string>; summary: string; description: string },
): AlertingRule {
  const { labels, summary, description } = rest;
  return {
    alert,
    expr,
    ...(rest.for === undefined ? {} : { for: rest.for }),
    labels: { severity, ...labels },
    annotations: { summary, description, ...runbook(alert, runbookUrl) },
  };
}

// Rules as Prometheus reads them from a file
// (https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/).

/** Records the result of a query as new series. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Fires while a query returns a result. */
interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  /** How long the query must have returned a result. */
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Rules evaluated together in order, so that a rule can use those before it. */
interface RuleGroup<Rule> {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly Rule[];
}

/** A rule file. */
export interface RuleFile<Rule> {
  readonly groups: readonly RuleGroup<Rule>[];
}

export const alertNames = [
  "DelayedServerErrorBudgetBurn",
  "DelayedServerLatencyBudgetBurn",
  "DelayedServerDown",
  "DelayedServerNoData",
] as const;

export type AlertName = (typeof alertNames)[number];

/** The annotation with the alert's section in docs/alerts.md: a link if `runbookUrl` is set. */
export function runbook(alert: AlertName, runbookUrl: string | undefined): Record<string, string> {
  const anchor = `#${alert.toLowerCase()}`;
  return runbookUrl === undefined
    ? { runbook: `docs/alerts.md${anchor}` }
    : { runbook_url: `${runbookUrl}${anchor}` };
}
