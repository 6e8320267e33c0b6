import * as units from "@grafana/grafana-foundation-sdk/units";
import { lines, overTime } from "../panels.ts";
import * as queries from "../queries/monitoring.ts";
import { chosenTargets as where } from "../queries/traffic.ts";

const over = "$__rate_interval";

export const storedSeries = () =>
  lines(
    {
      title: "Series in memory",
      description:
        "Number of active series. Each new combination of labels adds one; memory grows with them.",
      unit: units.Short,
    },
    [overTime(queries.storedSeries(where), ({ instance }) => instance)],
  );

export const appended = () =>
  lines(
    {
      title: "Samples stored",
      description: "Samples that Prometheus stores per second.",
      unit: units.CountsPerSecond,
    },
    [overTime(queries.appendedSamples(where, over), ({ instance }) => instance)],
  );

export const memory = () =>
  lines(
    {
      title: "Memory of everything scraped",
      description:
        "Resident memory of each process that reports it: Prometheus, Loki, Promtail, Grafana, the server.",
      unit: units.BytesIEC,
    },
    [overTime(queries.residentMemory(where), ({ job, instance }) => `${job} ${instance}`)],
  ).fillOpacity(0);

export const ruleDuration = () =>
  lines(
    {
      title: "Evaluation of rules",
      description:
        "Duration of the last evaluation of each rule group. If it is longer than the interval, evaluations are skipped.",
      unit: units.Seconds,
    },
    [overTime(queries.ruleDuration(where), ({ rule_group }) => rule_group)],
  );

export const ruleFailures = () =>
  lines(
    {
      title: "Failed evaluations",
      description:
        "Rule evaluations per second that failed. A rule that fails cannot alert: this should be 0.",
      unit: units.CountsPerSecond,
    },
    [overTime(queries.ruleFailures(where, over), ({ rule_group }) => rule_group)],
  );

export const notifications = () => {
  const { sent, failed } = queries.notifications(where, over);
  return lines(
    {
      title: "Alerts sent to Alertmanager",
      description:
        "Alerts per second that Prometheus sent to Alertmanager, and those that it failed to send.",
      unit: units.CountsPerSecond,
    },
    [overTime(sent, "sent"), overTime(failed, "failed")],
  );
};
