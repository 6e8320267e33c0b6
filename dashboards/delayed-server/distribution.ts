import * as units from "@grafana/grafana-foundation-sdk/units";
import { asHistogram, bars, distribution } from "../panels.ts";
import { latencyHistogram } from "../queries/latency.ts";
import { chosenRequests } from "./glance.ts";

export const latencyOverTime = () =>
  distribution(
    {
      title: "Latency over time",
      description:
        "How many requests took how long, over time: each cell is a bucket, the warmer the more requests. " +
        "Uniform delays show as an even band from the shortest to the longest. Dots are single requests: " +
        "a click leads to the request's log line.",
      unit: units.Seconds,
    },
    asHistogram(latencyHistogram(chosenRequests, "$__rate_interval")).range().exemplar(true),
  );

export const latencyNow = () =>
  bars(
    {
      title: "Latency in the time shown",
      description:
        "How many requests of the time shown fell into each bucket; the number below a bar is the bucket's upper bound in seconds. " +
        "The buckets follow from the configured delays: for uniform ones the bars up to the longest delay are equally high.",
      unit: units.Short,
    },
    asHistogram(latencyHistogram(chosenRequests, "$__range")).instant(),
  ).decimals(0);
