import { metrics } from "../../service/src/metrics/definitions.ts";
import type { DashboardOptions } from "../options.ts";
import { kept, matches, promDuration, type Scope, type Slo, series, slos, up } from "../queries.ts";
import { type BurnAlert, type Objectives, objectivesOf } from "./objectives.ts";

/** The job that scrapes servers outside the cluster. */
export const staticJob = "httpserver-metrics";

/** With fewer requests, a single failure would look like an outage. */
const fewestRequests = 20;

/** Consecutive failed scrapes before a target counts as down: pods come and go during a rollout. */
const failedScrapes = 6;

/** The alerts, each with a link to its runbook. */
export function alertingRules(options: DashboardOptions): RuleFile<AlertingRule> {
  const objectives = objectivesOf(options);
  const burning = slos.flatMap((slo) =>
    objectives.alerts.map((alert) => burnAlert(slo, alert, objectives, options.scrapeInterval)),
  );
  const interval = promDuration(options.scrapeInterval);
  const linked = (rule: AlertingRule) => ({
    ...rule,
    annotations: { ...rule.annotations, ...runbook(rule.alert, options.objectives.runbookUrl) },
  });
  return {
    groups: [
      { name: "delayed-server-burn-rates", interval, rules: burning.map(linked) },
      { name: "delayed-server-targets", interval, rules: [down(options), noData(options)].map(linked) },
    ],
  };
}

function burnAlert(
  slo: Slo,
  { severity, rate, long, short }: BurnAlert,
  objectives: Objectives,
  scrapeInterval: number,
): AlertingRule {
  const burning = (window: string) => `${series(kept.burnRate, { slo, window })} > ${rate}`;
  // The rate is recorded once per scrape interval, so sum × interval = requests in the window. Correct
  // for new series too.
  const requests = `sum_over_time(${series(kept.requests, { slo })}[${long}]) * ${scrapeInterval}`;
  const percent = `${Number((objectives[slo] * 100).toPrecision(6))} %`;
  const [alert, cause, promise] =
    slo === "availability"
      ? (["DelayedServerErrorBudgetBurn", "Requests fail", "succeed"] as const)
      : ([
          "DelayedServerLatencyBudgetBurn",
          "Requests are slow",
          `take at most ${objectives.threshold} s`,
        ] as const);
  return {
    alert,
    expr:
      `${burning(long)} and ignoring (window) ${burning(short)} ` +
      `and on (slo) ${requests} > ${fewestRequests}`,
    labels: { severity, slo, window: long },
    annotations: {
      summary: `${cause}: the error budget burns {{ $value | printf "%.1f" }} times faster than allowed`,
      description:
        `${percent} of the requests must ${promise}, over ${objectives.period}. ` +
        `Over the last ${long} and the last ${short}, more than ${rate} times the allowed share did not.`,
    },
  };
}

function down({ stack, scrapeInterval }: DashboardOptions): AlertingRule {
  const inCluster = series(up, { app_kubernetes_io_name: "delayed-server", ...serversOf(stack) });
  return {
    alert: "DelayedServerDown",
    expr: `${inCluster} == 0\nor ${series(up, { job: staticJob })} == 0`,
    for: promDuration(failedScrapes * scrapeInterval),
    labels: { severity: "page" },
    annotations: {
      summary: "{{ $labels.instance }} does not answer Prometheus",
      description:
        "The last scrapes of {{ $labels.instance }} (job {{ $labels.job }}, pod {{ $labels.pod }}) failed: " +
        "the server is gone, hangs, or can't be reached.",
    },
  };
}

function noData({ stack, scrapeInterval }: DashboardOptions): AlertingRule {
  const where = stack === undefined ? {} : { app_kubernetes_io_instance: stack.instance };
  return {
    alert: "DelayedServerNoData",
    expr: `absent(${series(metrics.buildInfo, where)})`,
    for: promDuration(failedScrapes * scrapeInterval),
    labels: { severity: "page" },
    annotations: {
      summary: "Prometheus has no metrics of any delayed server",
      description:
        "No server is scraped: there are no pods, they are not annotated, or Prometheus doesn't find them. " +
        "No other alert can fire now.",
    },
  };
}

/** The servers of one stack; those outside the cluster lack its label. Without a stack, all servers. */
export function serversOf(stack: { readonly instance: string } | undefined): Scope {
  // Stack names contain only lower-case letters, digits and `-`, so they need no escaping.
  return stack === undefined ? {} : { app_kubernetes_io_instance: matches(`${stack.instance}|`) };
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
  readonly alert: AlertName;
  readonly expr: string;
  /** How long the query must have returned a result. */
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A rule file. The rules of a group are evaluated in order, so that a rule can use those before it. */
export interface RuleFile<Rule> {
  readonly groups: readonly {
    readonly name: string;
    readonly interval: string;
    readonly rules: readonly Rule[];
  }[];
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

/**
 * Alertmanager's configuration (https://prometheus.io/docs/alerting/latest/configuration/): groups related
 * alerts and mutes tickets while a page fires. Nothing is notified: the receiver is empty.
 */
export function alertRouting() {
  const receiver = "nobody";
  return {
    route: {
      receiver,
      group_by: ["alertname", "slo"],
      // Long enough to group the alerts of both windows, short enough to watch.
      group_wait: "5s",
      group_interval: "30s",
      repeat_interval: "4h",
    },
    inhibit_rules: [
      {
        source_matchers: ['severity="page"'],
        target_matchers: ['severity="ticket"'],
        equal: ["alertname", "slo"],
      },
    ],
    receivers: [{ name: receiver }],
  };
}
