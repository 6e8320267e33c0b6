import { metrics } from "../../service/src/metrics/definitions.ts";
import { type BurnAlert, type Objectives, objectivesOf } from "../objectives/objectives.ts";
import type { DashboardOptions } from "../options.ts";
import { promDuration } from "../promql/duration.ts";
import { absent, sumOverTime } from "../promql/functions.ts";
import { above, and, equal, or, times } from "../promql/operators.ts";
import { series } from "../promql/selector.ts";
import type { Vector } from "../promql/vector.ts";
import { scraping } from "../queries/around.ts";
import { kept, type Slo } from "../queries/objectives.ts";
import { type Scope, serversOf } from "../queries/scope.ts";
import type { AlertingRule, RuleFile } from "./rule.ts";
import { type AlertName, runbook } from "./runbook.ts";

/** The job that scrapes servers outside the cluster. */
export const staticJob = "httpserver-metrics";

/** Over so few requests a single one that fails would look like a fire. */
export const fewestRequests = 20;

/** How many scrapes in a row must fail before a target counts as down: pods come and go in a rollout. */
const failedScrapes = 6;

/** When to call somebody, and where that person finds what to do. */
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
  { objectives: { readmeUrl }, scrapeInterval }: DashboardOptions,
): AlertingRule {
  const { severity, rate, long, short } = alert;
  const burning = (window: string) => above(series(kept.burnRate, { slo, window }), rate);
  // A rate for every evaluation, so many seconds apart: not more than have come, however young the series.
  const requests = times(sumOverTime(series(kept.requests, { slo }), long), scrapeInterval);
  const expr = and(
    and(burning(long), burning(short), { ignoring: ["window"] }),
    above(requests, fewestRequests),
    { on: ["slo"] },
  );
  const name = slo === "availability" ? "DelayedServerErrorBudgetBurn" : "DelayedServerLatencyBudgetBurn";
  const percent = `${Number((objectives[slo] * 100).toPrecision(6))} %`;
  const promise =
    slo === "availability"
      ? `${percent} of the requests must succeed`
      : `${percent} of the requests must take at most ${objectives.threshold} s`;
  const cause = slo === "availability" ? "Requests fail" : "Requests are slow";
  return rule(name, readmeUrl, severity, expr, {
    labels: { slo, window: long },
    summary: `${cause}: the error budget burns {{ $value | printf "%.1f" }} times faster than allowed`,
    description:
      `${promise}, over ${objectives.period}. Over the last ${long} and the last ${short}, ` +
      `more than ${rate} times as many did not.`,
  });
}

function down(options: DashboardOptions): AlertingRule {
  const inCluster = { app_kubernetes_io_name: "delayed-server", ...serversOf(options.stack) };
  const unanswered = (where: Scope) => equal(series(scraping.up, where), 0);
  const expr = or(unanswered(inCluster), unanswered({ job: staticJob }));
  return rule("DelayedServerDown", options.objectives.readmeUrl, "page", expr, {
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
  const expr: Vector<never> = absent(series(metrics.buildInfo, where));
  return rule("DelayedServerNoData", objectives.readmeUrl, "page", expr, {
    for: promDuration(failedScrapes * scrapeInterval),
    summary: "Prometheus has no metrics of any delayed server",
    description:
      "Not one server is scraped: there are no pods, they are not annotated, or Prometheus doesn't find them. " +
      "No other alert can fire now.",
  });
}

function rule(
  alert: AlertName,
  readmeUrl: string | undefined,
  severity: string,
  expr: Vector<string>,
  rest: { for?: string; labels?: Record<string, string>; summary: string; description: string },
): AlertingRule {
  const { labels, summary, description } = rest;
  return {
    alert,
    expr: expr.text,
    ...(rest.for === undefined ? {} : { for: rest.for }),
    labels: { severity, ...labels },
    annotations: { summary, description, ...runbook(alert, readmeUrl) },
  };
}
