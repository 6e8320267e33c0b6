// The scrapes, and Prometheus itself. The metric names are those of Prometheus 2.41; real-data.test.ts checks that they
// exist, and stores.test.ts those of the agent.
import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Section } from "../layout.ts";
import { stackedTimeseries, stat, thresholds, timeseries } from "../panels.ts";
import { chosenTargets, selector } from "../queries.ts";

/** Selects the targets of the dashboard's variables. */
export const chosen = selector("", chosenTargets);
/** The growth per second of a counter of the selected targets. */
export const rateOf = (counter: string) => `rate(${counter}${chosen}[$__rate_interval])`;

export function scrapes(): Section {
  const now = [
    stat("Targets up", units.Short, "Targets whose last scrape succeeded.", {
      up: `sum(up${chosen})`,
    }).decimals(0),
    stat("Targets down", units.Short, "Targets whose last scrape failed: Status → Targets in Prometheus.", {
      down: `count(up${chosen} == 0)\nor vector(0)`,
    })
      .decimals(0)
      .thresholds(thresholds("green", [1, "red"])),
    stat("Slowest scrape", units.Seconds, "Duration of the slowest last scrape of all targets.", {
      slowest: `max(scrape_duration_seconds${chosen})`,
    }),
    stat("Samples per scrape", units.Short, "Samples in the last scrapes of all targets together.", {
      samples: `sum(scrape_samples_scraped${chosen})`,
    }),
  ];
  const byJob = [
    timeseries(
      "Successful scrapes",
      units.PercentUnit,
      "Share of each job's targets whose last scrape succeeded.",
      { "{{job}}": `avg by (job) (up${chosen})` },
    )
      .axisSoftMax(1)
      .fillOpacity(0),
    timeseries(
      "Scrape duration",
      units.Seconds,
      "Duration of the slowest scrape of each job. Near the scrape timeout, scrapes begin to fail.",
      { "{{job}}": `max by (job) (scrape_duration_seconds${chosen})` },
    ),
    stackedTimeseries(
      "Samples by job",
      units.Short,
      "Samples that the targets of each job return per scrape.",
      {
        "{{job}}": `sum by (job) (scrape_samples_scraped${chosen})`,
      },
    ),
  ];
  return {
    title: "Scrapes",
    strips: [
      { height: 4, panels: now },
      { height: 8, panels: byJob },
    ],
  };
}

const memory = () =>
  timeseries(
    "Memory of everything scraped",
    units.BytesIEC,
    "Resident memory of each process that reports it.",
    { "{{job}} {{instance}}": `sum by (job, instance) (process_resident_memory_bytes${chosen})` },
  ).fillOpacity(0);

/** Prometheus with storage and rules. */
export function prometheus(): Section {
  const storage = [
    timeseries("Series in memory", units.Short, "Active series. Each new combination of labels adds one.", {
      "{{instance}}": `sum by (instance) (prometheus_tsdb_head_series${chosen})`,
    }),
    timeseries("Samples stored", units.CountsPerSecond, "Samples that Prometheus stores per second.", {
      "{{instance}}": `sum by (instance) (${rateOf("prometheus_tsdb_head_samples_appended_total")})`,
    }),
    memory(),
  ];
  const rules = [
    timeseries(
      "Evaluation of rules",
      units.Seconds,
      "Duration of the last evaluation of each rule group. If it is longer than the interval, evaluations are skipped.",
      { "{{rule_group}}": `max by (rule_group) (prometheus_rule_group_last_duration_seconds${chosen})` },
    ),
    timeseries(
      "Failed evaluations",
      units.CountsPerSecond,
      "A rule that fails cannot alert: this should be 0.",
      { "{{rule_group}}": `sum by (rule_group) (${rateOf("prometheus_rule_evaluation_failures_total")})` },
    ),
    timeseries(
      "Alerts sent to Alertmanager",
      units.CountsPerSecond,
      "Alerts per second that Prometheus sent, and failed to send, to Alertmanager.",
      {
        sent: `sum(${rateOf("prometheus_notifications_sent_total")})\nor vector(0)`,
        failed: `sum(${rateOf("prometheus_notifications_errors_total")})\nor vector(0)`,
      },
    ),
  ];
  return {
    title: "Prometheus",
    strips: [
      { height: 7, panels: storage },
      { height: 7, panels: rules },
    ],
  };
}

/** Prometheus as an agent, which sends to the user's own store. */
export function agent(): Section {
  const scraped = `max by (instance) (prometheus_remote_storage_highest_timestamp_in_seconds${chosen})`;
  const sent = `max by (instance) (prometheus_remote_storage_queue_highest_sent_timestamp_seconds${chosen})`;
  const samples = [
    timeseries("Series of the agent", units.Short, "Series that Prometheus scrapes. The store has more.", {
      "{{instance}}": `sum by (instance) (prometheus_agent_active_series${chosen})`,
    }),
    timeseries(
      "Samples scraped and sent",
      units.CountsPerSecond,
      "Samples per second that the agent scraped and sent. After an outage of the store, it catches up.",
      {
        scraped: `sum(${rateOf("prometheus_agent_samples_appended_total")})`,
        sent: `sum(${rateOf("prometheus_remote_storage_samples_total")})`,
      },
    ),
    memory(),
  ];
  const store = [
    timeseries(
      "Delay of the store",
      units.Seconds,
      "Time between the newest sample that was scraped and the newest that was sent. It grows while the store is unreachable; " +
        "the agent keeps about two hours of samples.",
      { "{{instance}}": `clamp_min(${scraped} - ${sent}, 0)` },
    ),
    timeseries(
      "Samples waiting to be sent",
      units.Short,
      "Samples in memory that are not sent yet, and retried samples per second.",
      {
        waiting: `sum(prometheus_remote_storage_samples_pending${chosen})`,
        "retried per second": `sum(${rateOf("prometheus_remote_storage_samples_retried_total")})`,
      },
    ),
    timeseries(
      "Samples lost",
      units.CountsPerSecond,
      "Samples per second that the store rejected or the agent dropped. Both should be 0.",
      {
        "rejected by the store": `sum(${rateOf("prometheus_remote_storage_samples_failed_total")})`,
        "dropped by the agent": `sum(${rateOf("prometheus_remote_storage_samples_dropped_total")})`,
      },
    ),
  ];
  return {
    title: "Prometheus",
    strips: [
      { height: 7, panels: samples },
      { height: 7, panels: store },
    ],
  };
}
