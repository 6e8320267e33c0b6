// The metric names are those of Loki 2.9 and 3.7, of Promtail 2.9 and 3.5 and of the OpenTelemetry
// Collector 0.160; real-data.test.ts checks that those of Loki and Promtail exist.
import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Section } from "../layout.ts";
import type { Collector, DashboardOptions } from "../options.ts";
import { timeseries } from "../panels.ts";
import { chosen, rateOf } from "./prometheus.ts";

/** Loki, and the program that sends log lines to it. */
export function logs({ ownStores, collector }: Pick<DashboardOptions, "ownStores" | "collector">): Section {
  const { name, sent, dropped, lag } = collectors[collector];
  const ofCollector = [
    timeseries(
      `Lines sent by ${name}`,
      units.CountsPerSecond,
      `Log lines per second that ${name} sent and Loki accepted.`,
      { "{{instance}}": `sum by (instance) (${rateOf(sent)})` },
    ),
    lag(),
    timeseries(
      "Lines lost",
      units.CountsPerSecond,
      `Log lines per second that Loki rejected or ${name} dropped. Both should be 0.`,
      {
        "rejected by Loki": `sum(${rateOf("loki_discarded_samples_total")})\nor vector(0)`,
        [`dropped by ${name}`]: `sum(${rateOf(dropped)})\nor vector(0)`,
      },
    ),
  ];
  return {
    title: `Loki and ${name}`,
    strips: [
      // The user's own Loki may not be scraped.
      ...(ownStores?.logs ? [] : [{ height: 7, panels: ofLoki() }]),
      { height: 7, panels: ofCollector },
    ],
  };
}

function ofLoki() {
  const buckets = `sum by (le, route) (${rateOf("loki_request_duration_seconds_bucket")})`;
  return [
    timeseries("Lines received", units.CountsPerSecond, "Log lines per second that reached Loki.", {
      "{{instance}}": `sum by (instance) (${rateOf("loki_distributor_lines_received_total")})`,
    }),
    timeseries(
      "Bytes received",
      units.BytesPerSecondIEC,
      "Bytes of log lines per second that reached Loki.",
      {
        "{{instance}}": `sum by (instance) (${rateOf("loki_distributor_bytes_received_total")})`,
      },
    ),
    timeseries(
      "Streams",
      units.Short,
      "Log streams in Loki's memory, one per combination of labels. The number should follow that of the containers.",
      { "{{instance}}": `sum by (instance) (loki_ingester_memory_streams${chosen})` },
    ),
    timeseries("Loki's requests (p99)", units.Seconds, "99 % of a route's requests took at most this long.", {
      "{{route}}": `histogram_quantile(0.99, ${buckets})`,
    }).fillOpacity(0),
  ];
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

function promtailLag() {
  // Both are gauges despite their names.
  const unread = `promtail_file_bytes_total${chosen} - promtail_read_bytes_total${chosen}`;
  return timeseries(
    "Promtail's lag",
    units.BytesIEC,
    "Bytes written to the log files that Promtail has not read yet. It should return to 0; if it only grows, logs arrive late.",
    { "{{instance}}": `sum by (instance) (clamp_min(${unread}, 0))` },
  );
}

/** The collector has no metric of unread bytes; a Loki that is slow or down fills its queue. */
function waitingLines() {
  return timeseries(
    "Lines waiting in the collector",
    units.Short,
    "Log lines that the collector has read and not sent yet. The number should return to 0; if it only grows, logs arrive late.",
    { "{{instance}}": `sum by (instance) (otelcol_exporter_queue_size${chosen})` },
  );
}
