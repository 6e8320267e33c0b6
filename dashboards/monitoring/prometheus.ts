import * as units from "@grafana/grafana-foundation-sdk/units";
import { processMetrics } from "../../service/src/metrics/definitions.ts";
import { rangeQuery, timeseries } from "../panels.ts";
import { max, rate, sum } from "../promql/functions.ts";
import { orZero } from "../promql/operators.ts";
import { series } from "../promql/selector.ts";
import { prometheus } from "../queries/metrics.ts";
import { chosenTargets as where } from "../queries/traffic.ts";

const over = "$__rate_interval";

export const storedSeries = () =>
  timeseries(
    {
      title: "Series in memory",
      description:
        "Number of active series. Each new combination of labels adds one; memory grows with them.",
      unit: units.Short,
    },
    [rangeQuery(sum(["instance"], series(prometheus.series, where)), ({ instance }) => instance)],
  );

export const appended = () =>
  timeseries(
    {
      title: "Samples stored",
      description: "Samples that Prometheus stores per second.",
      unit: units.CountsPerSecond,
    },
    [
      rangeQuery(
        sum(["instance"], rate(series(prometheus.samples, where), over)),
        ({ instance }) => instance,
      ),
    ],
  );

export const memory = () =>
  timeseries(
    {
      title: "Memory of everything scraped",
      description:
        "Resident memory of each process that reports it: Prometheus, Loki, Promtail, Grafana, the server.",
      unit: units.BytesIEC,
    },
    [
      rangeQuery(
        sum(["job", "instance"], series(processMetrics.residentMemory, where)),
        ({ job, instance }) => `${job} ${instance}`,
      ),
    ],
  ).fillOpacity(0);

export const ruleDuration = () =>
  timeseries(
    {
      title: "Evaluation of rules",
      description:
        "Duration of the last evaluation of each rule group. If it is longer than the interval, evaluations are skipped.",
      unit: units.Seconds,
    },
    [rangeQuery(max(["rule_group"], series(prometheus.ruleDuration, where)), ({ rule_group }) => rule_group)],
  );

export const ruleFailures = () =>
  timeseries(
    {
      title: "Failed evaluations",
      description:
        "Rule evaluations per second that failed. A rule that fails cannot alert: this should be 0.",
      unit: units.CountsPerSecond,
    },
    [
      rangeQuery(
        sum(["rule_group"], rate(series(prometheus.ruleFailures, where), over)),
        ({ rule_group }) => rule_group,
      ),
    ],
  );

export const notifications = () => {
  const sent = orZero(sum([], rate(series(prometheus.notificationsSent, where), over)));
  const failed = orZero(sum([], rate(series(prometheus.notificationErrors, where), over)));
  return timeseries(
    {
      title: "Alerts sent to Alertmanager",
      description:
        "Alerts per second that Prometheus sent to Alertmanager, and those that it failed to send.",
      unit: units.CountsPerSecond,
    },
    [rangeQuery(sent, "sent"), rangeQuery(failed, "failed")],
  );
};
