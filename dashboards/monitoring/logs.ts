import * as units from "@grafana/grafana-foundation-sdk/units";
import { lines as lineChart, overTime } from "../panels.ts";
import * as queries from "../queries/monitoring.ts";
import { chosenTargets as where } from "../queries/traffic.ts";

const over = "$__rate_interval";

export const lines = () =>
  lineChart(
    {
      title: "Lines received",
      description: "Log lines per second that reached Loki.",
      unit: units.CountsPerSecond,
    },
    [overTime(queries.receivedLines(where, over), ({ instance }) => instance)],
  );

export const bytes = () =>
  lineChart(
    {
      title: "Bytes received",
      description: "Bytes of log lines per second that reached Loki.",
      unit: units.BytesPerSecondIEC,
    },
    [overTime(queries.receivedBytes(where, over), ({ instance }) => instance)],
  );

export const streams = () =>
  lineChart(
    {
      title: "Streams",
      description:
        "Log streams in Loki's memory, one per combination of labels. The number should follow that of the containers.",
      unit: units.Short,
    },
    [overTime(queries.streams(where), ({ instance }) => instance)],
  );

export const requestTime = () =>
  lineChart(
    {
      title: "Loki's requests (p99)",
      description: "99 % of the requests to Loki took at most this long, by route.",
      unit: units.Seconds,
    },
    [overTime(queries.lokiRequestTime(0.99, where, over), ({ route }) => route)],
  ).fillOpacity(0);

export const sent = () =>
  lineChart(
    {
      title: "Lines sent by Promtail",
      description: "Log lines per second that Promtail sent and Loki accepted.",
      unit: units.CountsPerSecond,
    },
    [overTime(queries.sentLines(where, over), ({ instance }) => instance)],
  );

export const lag = () =>
  lineChart(
    {
      title: "Promtail's lag",
      description:
        "Bytes written to the log files that Promtail has not read yet. It should return to 0; if it only grows, logs arrive late.",
      unit: units.BytesIEC,
    },
    [overTime(queries.unreadBytes(where), ({ instance }) => instance)],
  );

export const lost = () => {
  const { discarded, dropped } = queries.lostLines(where, over);
  return lineChart(
    {
      title: "Lines lost",
      description: "Log lines per second that Loki rejected or Promtail dropped. Both should be 0.",
      unit: units.CountsPerSecond,
    },
    [overTime(discarded, "refused by Loki"), overTime(dropped, "given up by Promtail")],
  );
};
