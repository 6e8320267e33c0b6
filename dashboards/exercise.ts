import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as Text, TextMode } from "@grafana/grafana-foundation-sdk/text";
import * as units from "@grafana/grafana-foundation-sdk/units";
import { metrics } from "../service/src/metrics/definitions.ts";
import { dashboardUids } from "./datasources.ts";
import { dashboard, type Sizable, type Strip } from "./layout.ts";
import type { DashboardOptions } from "./options.ts";
import { bucketQuery, dashed, heatmap, stackedTimeseries, table, tableQuery, timeseries } from "./panels.ts";
import {
  buckets,
  configuredDelay,
  drawn,
  errorOf,
  latencyHistogram,
  latencyQuantile,
  matches,
  measuredQuantiles,
  naiveQuantiles,
  ofSomePods,
  panelRanges,
  percentile,
  type Quantile,
  type Range,
  rate,
  recent,
  requestRate,
  selector,
  series,
  up,
  chosenServers as where,
} from "./queries.ts";
import { prometheusVariable, serverVariables } from "./variables.ts";

/** Answers the two questions of the exercise step by step. */
export function exercise(options: DashboardOptions): Dashboard {
  const { rateInterval } = panelRanges(options);
  const { manyPods = false } = options;
  const wrongBuckets = [
    step(9, "7. What the wrong buckets would show", goodBuckets(rateInterval), badBuckets(rateInterval)),
    { height: 7, panels: [errors(rateInterval)] },
  ];
  return dashboard({
    uid: dashboardUids.exercise,
    title: "The exercise",
    description: "From a server with a delay to its quantiles, step by step, and what can go wrong.",
    variables: [prometheusVariable(), ...serverVariables(options)],
    sections: [
      { strips: [{ height: 7, panels: [note("From a delay to a quantile")] }] },
      {
        title: "How long do requests take?",
        strips: [
          step(8, "1. Is the target up?", targetIsUp(manyPods)),
          step(9, "2. What is scraped?", whatIsScraped(manyPods)),
          step(9, "3. The raw buckets", rawBuckets(manyPods)),
          step(9, "4. From counters to rates", rawRate(rateInterval)),
          step(10, "5. From rates to quantiles", quantilesOverTime(rateInterval)),
        ],
      },
      {
        title: "How is the latency distributed, and can the graph be trusted?",
        strips: [
          step(9, "6. The distribution", heat(rateInterval)),
          ...(options.naiveBuckets ? wrongBuckets : []),
          step(8, "Next steps", recordedQuantiles()),
        ],
      },
    ],
  });
}

/** A note on the left, its panels on the right. */
function step(height: number, heading: string, ...shown: Sizable[]): Strip {
  return {
    height,
    panels: [note(heading), ...shown],
    widths: [8, ...shown.map(() => 16 / shown.length)],
  };
}

/** A panel with the part of exercise.md that has a heading. */
function note(heading: string): Text {
  const parts = readFileSync(join(import.meta.dirname, "exercise.md"), "utf8").split(/^(?=#)/m);
  const found = parts.find((one) => one.includes(`# ${heading}\n`));
  if (found === undefined) throw new Error(`dashboards/exercise.md has no heading ${heading}`);
  return new Text().mode(TextMode.Markdown).content(found.trim()).transparent(true);
}

function targetIsUp(manyPods: boolean) {
  // `up` exists for every target; keep only those with the server's metrics.
  const servers = `${series(up, where)} and on (job, instance) ${series(metrics.buildInfo, where)}`;
  return timeseries(
    "up: did the target answer?",
    units.Short,
    manyPods
      ? "Number of delayed servers whose last scrape succeeded, and of those whose last scrape failed."
      : "1 if the last scrape of a delayed server succeeded, 0 if it failed.",
    manyPods
      ? { "targets that answered": `sum(${servers})`, "targets that did not": `sum(1 - (${servers}))` }
      : { "{{job}} {{instance}}": servers },
  ).axisSoftMax(1);
}

/** Added to the description of a panel that does not read the series of every pod. */
const ofSome = " If all pods are selected: of those whose address ends in 0.";

function whatIsScraped(manyPods: boolean) {
  const name = { __name__: matches("http.+") };
  const all = manyPods ? ofSomePods("", { ...where, ...name }) : `(${selector("", { ...where, ...name })})`;
  return table(
    "Series of the server, by metric",
    `The delayed server's metrics by name, and the number of series of each.${manyPods ? ofSome : ""}`,
  )
    .withTarget(tableQuery(`count by (__name__) ${all}`))
    .withTransformation({
      id: "filterFieldsByName",
      options: { include: { pattern: "^(__name__|Value.*)$" } },
    })
    .overrideByName("__name__", [{ id: "displayName", value: "metric" }])
    .overrideByName("Value", [
      { id: "displayName", value: "series" },
      { id: "unit", value: units.Short },
      { id: "custom.width", value: 90 },
    ]);
}

function rawBuckets(manyPods: boolean) {
  const total = { ...where, step: "total" };
  const all = manyPods
    ? ofSomePods(`${metrics.executionLatency.name}_bucket`, total)
    : `(${buckets(metrics.executionLatency, total)})`;
  return timeseries(
    "httpserver_execution_latency_seconds_bucket",
    units.Short,
    `The cumulative counters of the step "total", one per bound le, as the server exposes them.${manyPods ? ofSome : ""}`,
    { "{{le}}": `sum by (le) ${all}` },
  ).fillOpacity(0);
}

const rawRate = (range: Range) =>
  stackedTimeseries(
    "rate(http_request_duration_seconds_count)",
    units.RequestsPerSecond,
    "Answered requests per second by route: the rate at which the histogram's count grows.",
    { "{{route}}": requestRate("route", where, range) },
  );

/** A query for each quantile that the exercise asks for, of the requests with random delays. */
function ofRandomDelays(query: (quantile: Quantile) => string): Record<string, string> {
  return Object.fromEntries(
    (["0.5", "0.9", "0.99"] as const).map((quantile) => [percentile(quantile), query(quantile)]),
  );
}

const measured = (range: Range) =>
  ofRandomDelays((quantile) => latencyQuantile("all", quantile, { ...where, ...drawn }, range));

const quantilesOverTime = (range: Range) =>
  timeseries(
    "p50, p90, p99 of the random delays",
    units.Seconds,
    "Measured quantiles of the requests to / (solid) and configured quantiles (dashed).",
    { ...measured(range), "configured {{quantile}}": configuredDelay(where, range) },
  )
    .fillOpacity(0)
    .overrideByRegexp("configured .*", [dashed]);

const heat = (range: Range) =>
  heatmap(
    "The distribution over time",
    "Number of requests to / in each bucket; the warmer the color, the more requests.",
  ).withTarget(
    bucketQuery(latencyHistogram({ ...where, ...drawn }, range))
      .range()
      .exemplar(true),
  );

const goodBuckets = (range: Range) =>
  timeseries(
    "With buckets that follow from the delays",
    units.Seconds,
    "p50, p90 and p99 of the requests to /, computed from buckets that cover every delay.",
    measured(range),
  )
    .fillOpacity(0)
    .axisSoftMax(2);

function badBuckets(range: Range) {
  const naive = rate.buckets(metrics.naiveRequestDuration, { ...where, ...drawn }, range);
  return timeseries(
    "The same requests in buckets 0.1 s × 1.5^k",
    units.Seconds,
    "p50, p90 and p99 of the same requests, computed from buckets that end at half a second.",
    ofRandomDelays((quantile) => `histogram_quantile(${quantile}, sum by (le) (${naive}))`),
  )
    .fillOpacity(0)
    .axisSoftMax(2);
}

const errors = (range: Range) =>
  timeseries(
    "Error compared with the configured delays",
    units.PercentUnit,
    "Error of each quantile compared with the configured delays, with good and with bad buckets.",
    {
      "good buckets {{quantile}}": errorOf(measuredQuantiles, where, range),
      "bad buckets {{quantile}}": errorOf(naiveQuantiles, where, range),
    },
  ).fillOpacity(0);

const recordedQuantiles = () =>
  timeseries(
    "From a recording rule: quantiles of route / over five minutes",
    units.Seconds,
    "Results of a recording rule for all servers of this stack together. They are computed in advance, " +
      "so a long time range is fast as well.",
    { "{{quantile}}": series(recent.quantile, drawn) },
  ).fillOpacity(0);
