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
        "How many series Prometheus follows at the moment. It grows with every new combination of labels; memory grows with it.",
      unit: units.Short,
    },
    [overTime(queries.storedSeries(where), ({ instance }) => instance)],
  );

export const appended = () =>
  lines(
    {
      title: "Samples stored",
      description: "How many values Prometheus stores a second.",
      unit: units.CountsPerSecond,
    },
    [overTime(queries.appendedSamples(where, over), ({ instance }) => instance)],
  );

export const memory = () =>
  lines(
    {
      title: "Memory of everything scraped",
      description:
        "Memory of each process that says how much it takes: Prometheus, Loki, Promtail, Grafana, the server.",
      unit: units.BytesIEC,
    },
    [overTime(queries.residentMemory(where), ({ job, instance }) => `${job} ${instance}`)],
  ).fillOpacity(0);

export const ruleDuration = () =>
  lines(
    {
      title: "Evaluation of rules",
      description:
        "How long the last evaluation of each group of rules took. Longer than the interval, and evaluations are left out.",
      unit: units.Seconds,
    },
    [overTime(queries.ruleDuration(where), ({ rule_group }) => rule_group)],
  );

export const ruleFailures = () =>
  lines(
    {
      title: "Failed evaluations",
      description:
        "Evaluations of rules a second that ended in an error. A rule that fails can't alert: it should be 0.",
      unit: units.CountsPerSecond,
    },
    [overTime(queries.ruleFailures(where, over), ({ rule_group }) => rule_group)],
  );

export const notifications = () => {
  const { sent, failed } = queries.notifications(where, over);
  return lines(
    {
      title: "Alerts on their way",
      description: "Alerts a second that Prometheus handed to Alertmanager, and those that it could not.",
      unit: units.CountsPerSecond,
    },
    [overTime(sent, "sent"), overTime(failed, "failed")],
  );
};
