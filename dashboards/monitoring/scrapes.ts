import * as units from "@grafana/grafana-foundation-sdk/units";
import { byThresholds, figure, lines, overTime, stacked, thresholds } from "../panels.ts";
import { maximum, sum } from "../promql/functions.ts";
import * as queries from "../queries/monitoring.ts";
import { chosenTargets as where } from "../queries/traffic.ts";

export const targetsUp = () =>
  figure(
    {
      title: "Targets up",
      description: "Targets whose last scrape was answered.",
      unit: units.Short,
    },
    overTime(queries.targetsUp(where), "up"),
  ).decimals(0);

export const targetsDown = () =>
  figure(
    {
      title: "Targets down",
      description: "Targets whose last scrape failed. Prometheus lists them under Status → Targets.",
      unit: units.Short,
    },
    overTime(queries.targetsDown(where), "down"),
  )
    .decimals(0)
    .colorScheme(byThresholds())
    .thresholds(thresholds("green", [1, "red"]));

export const slowest = () =>
  figure(
    {
      title: "Slowest scrape",
      description: "The longest that a target took to answer its last scrape.",
      unit: units.Seconds,
    },
    overTime(maximum([], queries.scrapeDuration(where)), "slowest"),
  );

export const samplesNow = () =>
  figure(
    {
      title: "Samples a scrape",
      description: "How many values the last scrapes of all targets brought together.",
      unit: units.Short,
    },
    overTime(sum([], queries.samplesByJob(where)), "samples"),
  );

export const answered = () =>
  lines(
    {
      title: "Answered scrapes",
      description:
        "The share of a job's targets that answered. Below 100 % something is down, or can't be reached.",
      unit: units.PercentUnit,
    },
    [overTime(queries.answeredShare(where), ({ job }) => job)],
  )
    .axisSoftMax(1)
    .fillOpacity(0);

export const duration = () =>
  lines(
    {
      title: "Duration of scrapes",
      description:
        "The longest that a target of a job took to answer. Near the scrape timeout, scrapes begin to fail.",
      unit: units.Seconds,
    },
    [overTime(queries.scrapeDuration(where), ({ job }) => job)],
  );

export const samples = () =>
  stacked(
    {
      title: "Samples by job",
      description: "How many values the targets of a job bring with each scrape.",
      unit: units.Short,
    },
    [overTime(queries.samplesByJob(where), ({ job }) => job)],
  );
