// The metric names are those of Prometheus 2.41; real.test.ts checks that they exist.
import * as units from "@grafana/grafana-foundation-sdk/units";
import { rangeQuery, stackedTimeseries, stat, thresholds, timeseries } from "../panels.ts";
import { selector } from "../promql.ts";
import { chosenTargets } from "../queries.ts";

const chosen = selector("", chosenTargets);
const over = "$__rate_interval";

export const targetsUp = () =>
  stat("Targets up", "Targets whose last scrape succeeded.")
    .unit(units.Short)
    .withTarget(rangeQuery(`sum(up${chosen})`, "up"))
    .decimals(0);

export const targetsDown = () =>
  stat("Targets down", "Targets whose last scrape failed. Prometheus lists them under Status → Targets.")
    .unit(units.Short)
    .withTarget(rangeQuery(`count(up${chosen} == 0)\nor vector(0)`, "down"))
    .decimals(0)
    .thresholds(thresholds("green", [1, "red"]));

export const slowestScrape = () =>
  stat("Slowest scrape", "Duration of the slowest last scrape of all targets.")
    .unit(units.Seconds)
    .withTarget(rangeQuery(`max(scrape_duration_seconds${chosen})`, "slowest"));

export const samplesNow = () =>
  stat("Samples per scrape", "Samples in the last scrapes of all targets together.")
    .unit(units.Short)
    .withTarget(rangeQuery(`sum(scrape_samples_scraped${chosen})`, "samples"));

export const successfulScrapes = () =>
  timeseries(
    "Successful scrapes",
    "Share of a job's targets whose scrape succeeded. Below 100 %, a target is down or unreachable.",
  )
    .unit(units.PercentUnit)
    .withTarget(rangeQuery(`avg by (job) (up${chosen})`, "{{job}}"))
    .axisSoftMax(1)
    .fillOpacity(0);

export const scrapeDuration = () =>
  timeseries(
    "Scrape duration",
    "Duration of the slowest scrape of each job. Near the scrape timeout, scrapes begin to fail.",
  )
    .unit(units.Seconds)
    .withTarget(rangeQuery(`max by (job) (scrape_duration_seconds${chosen})`, "{{job}}"));

export const samplesByJob = () =>
  stackedTimeseries("Samples by job", "Samples that the targets of each job return per scrape.")
    .unit(units.Short)
    .withTarget(rangeQuery(`sum by (job) (scrape_samples_scraped${chosen})`, "{{job}}"));

export const storedSeries = () =>
  timeseries(
    "Series in memory",
    "Number of active series. Each new combination of labels adds one; memory grows with them.",
  )
    .unit(units.Short)
    .withTarget(rangeQuery(`sum by (instance) (prometheus_tsdb_head_series${chosen})`, "{{instance}}"));

export function storedSamples() {
  const samples = `prometheus_tsdb_head_samples_appended_total${chosen}`;
  return timeseries("Samples stored", "Samples that Prometheus stores per second.")
    .unit(units.CountsPerSecond)
    .withTarget(rangeQuery(`sum by (instance) (rate(${samples}[${over}]))`, "{{instance}}"));
}

export const memory = () =>
  timeseries(
    "Memory of everything scraped",
    "Resident memory of each process that reports it: Prometheus, Loki, Promtail, Grafana, the server.",
  )
    .unit(units.BytesIEC)
    .withTarget(
      rangeQuery(`sum by (job, instance) (process_resident_memory_bytes${chosen})`, "{{job}} {{instance}}"),
    )
    .fillOpacity(0);

export function ruleDuration() {
  const duration = `prometheus_rule_group_last_duration_seconds${chosen}`;
  return timeseries(
    "Evaluation of rules",
    "Duration of the last evaluation of each rule group. If it is longer than the interval, evaluations are skipped.",
  )
    .unit(units.Seconds)
    .withTarget(rangeQuery(`max by (rule_group) (${duration})`, "{{rule_group}}"));
}

export function ruleFailures() {
  const failures = `prometheus_rule_evaluation_failures_total${chosen}`;
  return timeseries(
    "Failed evaluations",
    "Rule evaluations per second that failed. A rule that fails cannot alert: this should be 0.",
  )
    .unit(units.CountsPerSecond)
    .withTarget(rangeQuery(`sum by (rule_group) (rate(${failures}[${over}]))`, "{{rule_group}}"));
}

export function notifications() {
  const sent = `sum(rate(prometheus_notifications_sent_total${chosen}[${over}]))\nor vector(0)`;
  const failed = `sum(rate(prometheus_notifications_errors_total${chosen}[${over}]))\nor vector(0)`;
  return timeseries(
    "Alerts sent to Alertmanager",
    "Alerts per second that Prometheus sent to Alertmanager, and those that it failed to send.",
  )
    .unit(units.CountsPerSecond)
    .withTarget(rangeQuery(sent, "sent"))
    .withTarget(rangeQuery(failed, "failed"));
}
