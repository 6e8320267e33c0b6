import * as units from "@grafana/grafana-foundation-sdk/units";
import { rangeQuery, timeseries } from "../panels.ts";
import { clampMin, histogramQuantile, rate, sum } from "../promql/functions.ts";
import { minus, orZero } from "../promql/operators.ts";
import { buckets, series } from "../promql/selector.ts";
import { loki, promtail } from "../queries/metrics.ts";
import { chosenTargets as where } from "../queries/traffic.ts";

const over = "$__rate_interval";

export const lines = () =>
  timeseries(
    {
      title: "Lines received",
      description: "Log lines per second that reached Loki.",
      unit: units.CountsPerSecond,
    },
    [rangeQuery(sum(["instance"], rate(series(loki.lines, where), over)), ({ instance }) => instance)],
  );

export const bytes = () =>
  timeseries(
    {
      title: "Bytes received",
      description: "Bytes of log lines per second that reached Loki.",
      unit: units.BytesPerSecondIEC,
    },
    [rangeQuery(sum(["instance"], rate(series(loki.bytes, where), over)), ({ instance }) => instance)],
  );

export const streams = () =>
  timeseries(
    {
      title: "Streams",
      description:
        "Log streams in Loki's memory, one per combination of labels. The number should follow that of the containers.",
      unit: units.Short,
    },
    [rangeQuery(sum(["instance"], series(loki.streams, where)), ({ instance }) => instance)],
  );

export const requestTime = () =>
  timeseries(
    {
      title: "Loki's requests (p99)",
      description: "99 % of the requests to Loki took at most this long, by route.",
      unit: units.Seconds,
    },
    [
      rangeQuery(
        histogramQuantile(0.99, sum(["le", "route"], rate(buckets(loki.requests, where), over))),
        ({ route }) => route,
      ),
    ],
  ).fillOpacity(0);

export const sent = () =>
  timeseries(
    {
      title: "Lines sent by Promtail",
      description: "Log lines per second that Promtail sent and Loki accepted.",
      unit: units.CountsPerSecond,
    },
    [rangeQuery(sum(["instance"], rate(series(promtail.sent, where), over)), ({ instance }) => instance)],
  );

export const lag = () =>
  timeseries(
    {
      title: "Promtail's lag",
      description:
        "Bytes written to the log files that Promtail has not read yet. It should return to 0; if it only grows, logs arrive late.",
      unit: units.BytesIEC,
    },
    [
      rangeQuery(
        sum(["instance"], clampMin(minus(series(promtail.size, where), series(promtail.read, where)), 0)),
        ({ instance }) => instance,
      ),
    ],
  );

export const lost = () => {
  const discarded = orZero(sum([], rate(series(loki.discarded, where), over)));
  const dropped = orZero(sum([], rate(series(promtail.dropped, where), over)));
  return timeseries(
    {
      title: "Lines lost",
      description: "Log lines per second that Loki rejected or Promtail dropped. Both should be 0.",
      unit: units.CountsPerSecond,
    },
    [rangeQuery(discarded, "refused by Loki"), rangeQuery(dropped, "given up by Promtail")],
  );
};
