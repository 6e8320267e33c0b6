import * as units from "@grafana/grafana-foundation-sdk/units";
import { barChart, heatmap, heatmapQuery } from "../panels.ts";
import { latencyHistogram } from "../queries/latency.ts";
import { chosenRequests } from "./glance.ts";

export const latencyOverTime = () =>
  heatmap(
    {
      title: "Latency over time",
      description:
        "Distribution of the latency over time. Each cell is a bucket; the warmer its color, the more requests. " +
        "Uniform delays form an even band from the shortest to the longest. Each dot is one request: " +
        "click it to open its log line.",
      unit: units.Seconds,
    },
    heatmapQuery(latencyHistogram(chosenRequests, "$__rate_interval")).range().exemplar(true),
  );

export const latencyNow = () =>
  barChart(
    {
      title: "Latency in the selected time range",
      description:
        "Number of requests in each bucket in the selected time range. The number below a bar is the bucket's upper bound in seconds. " +
        "The buckets follow from the configured delays: with uniform delays, all bars up to the longest delay are equally high.",
      unit: units.Short,
    },
    heatmapQuery(latencyHistogram(chosenRequests, "$__range")).instant(),
  ).decimals(0);
