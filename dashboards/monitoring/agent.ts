// Prometheus as an agent, which sends to a store of the user's own. The metric names are those of
// Prometheus 2.41; stores.test.ts checks that they exist.
import * as units from "@grafana/grafana-foundation-sdk/units";
import { rangeQuery, timeseries } from "../panels.ts";
import { selector } from "../promql.ts";
import { chosenTargets } from "../queries.ts";

const chosen = selector("", chosenTargets);
const over = "$__rate_interval";

export const activeSeries = () =>
  timeseries(
    "Series of the agent",
    "Number of series that Prometheus scrapes. Its memory grows with them; the store has more.",
  )
    .unit(units.Short)
    .withTarget(rangeQuery(`sum by (instance) (prometheus_agent_active_series${chosen})`, "{{instance}}"));

export function samplesSent() {
  const scraped = `sum(rate(prometheus_agent_samples_appended_total${chosen}[${over}]))`;
  const sent = `sum(rate(prometheus_remote_storage_samples_total${chosen}[${over}]))`;
  return timeseries(
    "Samples scraped and sent",
    "Samples per second that the agent scraped, and those that it sent. After an outage of the store, it catches up.",
  )
    .unit(units.CountsPerSecond)
    .withTarget(rangeQuery(scraped, "scraped"))
    .withTarget(rangeQuery(sent, "sent"));
}

export function behind() {
  const scraped = `max by (instance) (prometheus_remote_storage_highest_timestamp_in_seconds${chosen})`;
  const sent = `max by (instance) (prometheus_remote_storage_queue_highest_sent_timestamp_seconds${chosen})`;
  return timeseries(
    "How far the store is behind",
    "Time between the newest sample that was scraped and the newest that was sent. It grows while the store is away; the agent keeps about two hours of samples.",
  )
    .unit(units.Seconds)
    .withTarget(rangeQuery(`clamp_min(${scraped} - ${sent}, 0)`, "{{instance}}"));
}

export function waiting() {
  const retried = `sum(rate(prometheus_remote_storage_samples_retried_total${chosen}[${over}]))`;
  return timeseries(
    "Samples that wait",
    "Samples in memory that are not sent yet, and those per second that are sent again.",
  )
    .unit(units.Short)
    .withTarget(rangeQuery(`sum(prometheus_remote_storage_samples_pending${chosen})`, "waiting"))
    .withTarget(rangeQuery(retried, "retried per second"));
}

export function samplesLost() {
  const rejected = `sum(rate(prometheus_remote_storage_samples_failed_total${chosen}[${over}]))`;
  const dropped = `sum(rate(prometheus_remote_storage_samples_dropped_total${chosen}[${over}]))`;
  return timeseries(
    "Samples lost",
    "Samples per second that the store rejected or the agent dropped. Both should be 0.",
  )
    .unit(units.CountsPerSecond)
    .withTarget(rangeQuery(rejected, "rejected by the store"))
    .withTarget(rangeQuery(dropped, "dropped by the agent"));
}
