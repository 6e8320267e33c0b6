import * as units from "@grafana/grafana-foundation-sdk/units";
import { metrics, processMetrics as process } from "../../service/src/metrics/definitions.ts";
import { byThresholds, instantQuery, rangeQuery, stat, thresholds, timeseries } from "../panels.ts";
import { changes, max, rate, secondsSince, sum } from "../promql/functions.ts";
import { divide } from "../promql/operators.ts";
import { series, sums } from "../promql/selector.ts";
import { chosenServers as where } from "../queries/traffic.ts";

const over = "$__rate_interval";
const each = ["pod", "instance"] as const;
const server = ({ pod, instance }: { pod: string; instance: string }) => `${pod} ${instance}`;

export const eventLoop = () =>
  timeseries(
    {
      title: "Event loop lag",
      description:
        "Delay of the event loop (p50 and p99). Every request is late by as much, and delays " +
        "cannot be exact.",
      unit: units.Seconds,
    },
    [
      rangeQuery(max(each, series(process.eventLoopLagP50, where)), (label) => `p50 ${server(label)}`),
      rangeQuery(max(each, series(process.eventLoopLagP99, where)), (label) => `p99 ${server(label)}`),
    ],
  );

export const cpu = () =>
  timeseries(
    {
      title: "CPU",
      description:
        "Cores in use, and the share of a core spent on garbage collection. The server is one process with one thread: " +
        "at 1 it is saturated.",
      unit: units.Short,
    },
    [
      rangeQuery(sum(each, rate(series(process.cpu, where), over)), (label) => `cores ${server(label)}`),
      rangeQuery(
        sum(each, rate(sums(process.garbageCollection, where), over)),
        (label) => `garbage collection ${server(label)}`,
      ),
    ],
  );

export const memory = () =>
  timeseries(
    {
      title: "Memory",
      description: "Resident memory of the process, and the part of it used by the heap.",
      unit: units.BytesIEC,
    },
    [
      rangeQuery(sum(each, series(process.residentMemory, where)), (label) => `process ${server(label)}`),
      rangeQuery(sum(each, series(process.heapUsed, where)), (label) => `heap ${server(label)}`),
    ],
  );

export const restartCount = () =>
  stat(
    {
      title: "Restarts",
      description: "Number of restarts in the selected time range, without the first start of a pod.",
      unit: units.Short,
    },
    instantQuery(sum([], sum(each, changes(series(process.startTime, where), "$__range"))), "restarts"),
  )
    .decimals(0)
    .colorScheme(byThresholds())
    .thresholds(thresholds("green", [1, "orange"], [3, "red"]));

export const uptimes = () =>
  timeseries(
    {
      title: "Uptime",
      description: "Time since each server started. It drops to zero at a restart.",
      unit: units.DurationSeconds,
    },
    [rangeQuery(secondsSince(max(each, series(process.startTime, where))), server)],
  );

export const turnedAwayAndDropped = () => {
  const refused = sum(each, rate(series(metrics.refusedConnections, where), over));
  const malformed = sum(each, rate(series(metrics.malformedRequests, where), over));
  return timeseries(
    {
      title: "Refused and dropped",
      description:
        "Connections refused because too many were open, malformed requests, and log lines dropped because their reader was too slow, per second. All three should be 0.",
      unit: units.CountsPerSecond,
    },
    [
      rangeQuery(refused, (label) => `refused ${server(label)}`),
      rangeQuery(malformed, (label) => `malformed ${server(label)}`),
      rangeQuery(
        sum(each, rate(series(metrics.droppedLogLines, where), over)),
        (label) => `lines dropped ${server(label)}`,
      ),
    ],
  );
};

export const files = () =>
  timeseries(
    {
      title: "Open files and connections",
      description: "Open file descriptors, including connections, as a share of the limit.",
      unit: units.PercentUnit,
    },
    [
      rangeQuery(
        divide(sum(each, series(process.openFiles, where)), sum(each, series(process.maxFiles, where))),
        server,
      ),
    ],
  ).axisSoftMax(0.01);
