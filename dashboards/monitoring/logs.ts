// The metric names are those of Loki 2.9, and of Promtail 2.9 and 3.5; real.test.ts checks that they exist.
import * as units from "@grafana/grafana-foundation-sdk/units";
import { rangeQuery, timeseries } from "../panels.ts";
import { selector } from "../promql.ts";
import { chosenTargets } from "../queries.ts";

const chosen = selector("", chosenTargets);
const over = "$__rate_interval";

export function linesReceived() {
  const lines = `rate(loki_distributor_lines_received_total${chosen}[${over}])`;
  return timeseries("Lines received", "Log lines per second that reached Loki.")
    .unit(units.CountsPerSecond)
    .withTarget(rangeQuery(`sum by (instance) (${lines})`, "{{instance}}"));
}

export function bytesReceived() {
  const bytes = `rate(loki_distributor_bytes_received_total${chosen}[${over}])`;
  return timeseries("Bytes received", "Bytes of log lines per second that reached Loki.")
    .unit(units.BytesPerSecondIEC)
    .withTarget(rangeQuery(`sum by (instance) (${bytes})`, "{{instance}}"));
}

export const streams = () =>
  timeseries(
    "Streams",
    "Log streams in Loki's memory, one per combination of labels. The number should follow that of the containers.",
  )
    .unit(units.Short)
    .withTarget(rangeQuery(`sum by (instance) (loki_ingester_memory_streams${chosen})`, "{{instance}}"));

export function requestTime() {
  const buckets = `rate(loki_request_duration_seconds_bucket${chosen}[${over}])`;
  return timeseries("Loki's requests (p99)", "99 % of the requests to Loki took at most this long, by route.")
    .unit(units.Seconds)
    .withTarget(rangeQuery(`histogram_quantile(0.99, sum by (le, route) (${buckets}))`, "{{route}}"))
    .fillOpacity(0);
}

export function linesSent() {
  const sent = `rate(promtail_sent_entries_total${chosen}[${over}])`;
  return timeseries("Lines sent by Promtail", "Log lines per second that Promtail sent and Loki accepted.")
    .unit(units.CountsPerSecond)
    .withTarget(rangeQuery(`sum by (instance) (${sent})`, "{{instance}}"));
}

export function lag() {
  // Both are gauges despite their names.
  const unread = `promtail_file_bytes_total${chosen} - promtail_read_bytes_total${chosen}`;
  return timeseries(
    "Promtail's lag",
    "Bytes written to the log files that Promtail has not read yet. It should return to 0; if it only grows, logs arrive late.",
  )
    .unit(units.BytesIEC)
    .withTarget(rangeQuery(`sum by (instance) (clamp_min(${unread}, 0))`, "{{instance}}"));
}

export function linesLost() {
  const rejected = `sum(rate(loki_discarded_samples_total${chosen}[${over}]))\nor vector(0)`;
  const dropped = `sum(rate(promtail_dropped_entries_total${chosen}[${over}]))\nor vector(0)`;
  return timeseries(
    "Lines lost",
    "Log lines per second that Loki rejected or Promtail dropped. Both should be 0.",
  )
    .unit(units.CountsPerSecond)
    .withTarget(rangeQuery(rejected, "rejected by Loki"))
    .withTarget(rangeQuery(dropped, "dropped by Promtail"));
}
