import * as units from "@grafana/grafana-foundation-sdk/units";
import { byThresholds, figure, lines, overTime, stacked, thresholds } from "../panels.ts";
import { maximum, sum } from "../promql/functions.ts";
import * as queries from "../queries/monitoring.ts";
import { chosenTargets as where } from "../queries/traffic.ts";

export const targetsUp = () =>
  figure(
    {
      title: "Targets up",
      description: "Targets whose last scrape succeeded.",
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
      description: "Duration of the slowest last scrape of all targets.",
      unit: units.Seconds,
    },
    overTime(maximum([], queries.scrapeDuration(where)), "slowest"),
  );

export const samplesNow = () =>
  figure(
    {
      title: "Samples per scrape",
      description: "Samples in the last scrapes of all targets together.",
      unit: units.Short,
    },
    overTime(sum([], queries.samplesByJob(where)), "samples"),
  );

export const answered = () =>
  lines(
    {
      title: "Successful scrapes",
      description:
        "Share of a job's targets whose scrape succeeded. Below 100 %, a target is down or unreachable.",
      unit: units.PercentUnit,
    },
    [overTime(queries.answeredShare(where), ({ job }) => job)],
  )
    .axisSoftMax(1)
    .fillOpacity(0);

export const duration = () =>
  lines(
    {
      title: "Scrape duration",
      description:
        "Duration of the slowest scrape of each job. Near the scrape timeout, scrapes begin to fail.",
      unit: units.Seconds,
    },
    [overTime(queries.scrapeDuration(where), ({ job }) => job)],
  );

export const samples = () =>
  stacked(
    {
      title: "Samples by job",
      description: "Samples that the targets of each job return per scrape.",
      unit: units.Short,
    },
    [overTime(queries.samplesByJob(where), ({ job }) => job)],
  );
