import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import * as units from "@grafana/grafana-foundation-sdk/units";
import { loadMetrics } from "../../service/src/metrics/definitions.ts";
import { dashboardUids } from "../datasources.ts";
import { dashboard, type Section } from "../layout.ts";
import type { DashboardOptions } from "../options.ts";
import { colored, dashed, stackedTimeseries, timeseries } from "../panels.ts";
import { rate, series, up, chosenTargets as where } from "../queries.ts";
import { labelVariable, prometheusVariable } from "../variables.ts";
import { collectors, logs } from "./logs.ts";
import { agent, prometheus, scrapes } from "./prometheus.ts";

/** Shows whether the monitoring itself works. */
export function monitoringItself(
  options: Pick<DashboardOptions, "load" | "ownStores" | "collector">,
): Dashboard {
  return dashboard({
    uid: dashboardUids.monitoringItself,
    title: "Monitoring itself",
    description: `Whether metrics and logs arrive: scrapes, Prometheus and its rules, Loki and ${collectors[options.collector].name}.`,
    variables: [
      prometheusVariable(),
      labelVariable("job", series(up), "How Prometheus found its targets."),
      labelVariable("instance", series(up, { job: where.job }), "Scraped address and port."),
    ],
    sections: [
      scrapes(),
      options.ownStores?.metrics ? agent() : prometheus(),
      logs(options),
      ...(options.load ? [load()] : []),
    ],
  });
}

function load(): Section {
  const over = "$__rate_interval";
  const sent = stackedTimeseries(
    "Sent by the load generator",
    units.RequestsPerSecond,
    "Requests per second by status of the response; `none` means no response. Dashed: the configured rate.",
    {
      "{{status}}": `sum by (status) (${rate.series(loadMetrics.requests, where, over)})`,
      configured: `sum(${series(loadMetrics.rate, where)})`,
    },
  ).overrideByName("configured", [
    ...colored("text"),
    dashed,
    { id: "custom.fillOpacity", value: 0 },
    { id: "custom.stacking", value: { mode: "none", group: "configured" } },
  ]);
  const waiting = timeseries(
    "Waiting and skipped",
    units.Short,
    "Requests that wait for a response, and requests per second that were due but skipped because too many were waiting.",
    {
      waiting: `sum(${series(loadMetrics.inFlight, where)})`,
      "skipped per second": `sum(${rate.series(loadMetrics.skipped, where, over)})`,
    },
  );
  const histogram = `sum by (le) (${rate.buckets(loadMetrics.duration, where, over)})`;
  const latency = timeseries(
    "Latency as the client sees it",
    units.Seconds,
    "Time from when a request was due until its response ended, for all kinds of requests. A client that falls behind does not hide it. " +
      "Each bucket is twice as wide as the one before, so these values are approximate.",
    { p50: `histogram_quantile(0.5, ${histogram})`, p99: `histogram_quantile(0.99, ${histogram})` },
  ).fillOpacity(0);
  return { title: "Load", strips: [{ height: 7, panels: [sent, waiting, latency] }] };
}
