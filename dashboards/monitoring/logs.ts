// The metric names are those of Loki 2.9 and 3.7, of Promtail 2.9 and 3.5 and of the OpenTelemetry
// Collector 0.160; real.test.ts checks that those of Loki and Promtail exist.
import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Collector } from "../options.ts";
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

/** What differs between the programs that send log lines to Loki. */
export const collectors = {
  promtail: {
    name: "Promtail",
    sent: "promtail_sent_entries_total",
    dropped: "promtail_dropped_entries_total",
    lag: promtailLag,
  },
  "opentelemetry-collector": {
    name: "the collector",
    sent: "otelcol_exporter_sent_log_records",
    dropped: "otelcol_exporter_send_failed_log_records",
    lag: waitingLines,
  },
} as const satisfies Record<Collector, object>;

type Names = (typeof collectors)[Collector];

export function linesSent({ name, sent }: Names) {
  const perSecond = `rate(${sent}${chosen}[${over}])`;
  return timeseries(`Lines sent by ${name}`, `Log lines per second that ${name} sent and Loki accepted.`)
    .unit(units.CountsPerSecond)
    .withTarget(rangeQuery(`sum by (instance) (${perSecond})`, "{{instance}}"));
}

function promtailLag() {
  // Both are gauges despite their names.
  const unread = `promtail_file_bytes_total${chosen} - promtail_read_bytes_total${chosen}`;
  return timeseries(
    "Promtail's lag",
    "Bytes written to the log files that Promtail has not read yet. It should return to 0; if it only grows, logs arrive late.",
  )
    .unit(units.BytesIEC)
    .withTarget(rangeQuery(`sum by (instance) (clamp_min(${unread}, 0))`, "{{instance}}"));
}

/** The collector has no metric of unread bytes; a Loki that is slow or down fills its queue. */
function waitingLines() {
  return timeseries(
    "Lines waiting in the collector",
    "Log lines that the collector has read and not sent yet. The number should return to 0; if it only grows, logs arrive late.",
  )
    .unit(units.Short)
    .withTarget(rangeQuery(`sum by (instance) (otelcol_exporter_queue_size${chosen})`, "{{instance}}"));
}

export function linesLost({ name, dropped }: Names) {
  const rejected = `sum(rate(loki_discarded_samples_total${chosen}[${over}]))\nor vector(0)`;
  const notSent = `sum(rate(${dropped}${chosen}[${over}]))\nor vector(0)`;
  return timeseries(
    "Lines lost",
    `Log lines per second that Loki rejected or ${name} dropped. Both should be 0.`,
  )
    .unit(units.CountsPerSecond)
    .withTarget(rangeQuery(rejected, "rejected by Loki"))
    .withTarget(rangeQuery(notSent, `dropped by ${name}`));
}
