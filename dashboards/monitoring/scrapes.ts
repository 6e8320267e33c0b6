import * as units from "@grafana/grafana-foundation-sdk/units";
import { byThresholds, rangeQuery, stackedTimeseries, stat, thresholds, timeseries } from "../panels.ts";
import { avg, count, max, sum } from "../promql/functions.ts";
import { equal, orZero } from "../promql/operators.ts";
import { series } from "../promql/selector.ts";
import { scraping } from "../queries/metrics.ts";
import { chosenTargets as where } from "../queries/traffic.ts";

export const targetsUp = () =>
  stat(
    {
      title: "Targets up",
      description: "Targets whose last scrape succeeded.",
      unit: units.Short,
    },
    rangeQuery(sum([], series(scraping.up, where)), "up"),
  ).decimals(0);

export const targetsDown = () =>
  stat(
    {
      title: "Targets down",
      description: "Targets whose last scrape failed. Prometheus lists them under Status → Targets.",
      unit: units.Short,
    },
    rangeQuery(orZero(count([], equal(series(scraping.up, where), 0))), "down"),
  )
    .decimals(0)
    .colorScheme(byThresholds())
    .thresholds(thresholds("green", [1, "red"]));

export const slowest = () =>
  stat(
    {
      title: "Slowest scrape",
      description: "Duration of the slowest last scrape of all targets.",
      unit: units.Seconds,
    },
    rangeQuery(max([], max(["job"], series(scraping.duration, where))), "slowest"),
  );

export const samplesNow = () =>
  stat(
    {
      title: "Samples per scrape",
      description: "Samples in the last scrapes of all targets together.",
      unit: units.Short,
    },
    rangeQuery(sum([], sum(["job"], series(scraping.samples, where))), "samples"),
  );

export const answered = () =>
  timeseries(
    {
      title: "Successful scrapes",
      description:
        "Share of a job's targets whose scrape succeeded. Below 100 %, a target is down or unreachable.",
      unit: units.PercentUnit,
    },
    [rangeQuery(avg(["job"], series(scraping.up, where)), ({ job }) => job)],
  )
    .axisSoftMax(1)
    .fillOpacity(0);

export const duration = () =>
  timeseries(
    {
      title: "Scrape duration",
      description:
        "Duration of the slowest scrape of each job. Near the scrape timeout, scrapes begin to fail.",
      unit: units.Seconds,
    },
    [rangeQuery(max(["job"], series(scraping.duration, where)), ({ job }) => job)],
  );

export const samples = () =>
  stackedTimeseries(
    {
      title: "Samples by job",
      description: "Samples that the targets of each job return per scrape.",
      unit: units.Short,
    },
    [rangeQuery(sum(["job"], series(scraping.samples, where)), ({ job }) => job)],
  );
