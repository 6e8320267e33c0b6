import * as units from "@grafana/grafana-foundation-sdk/units";
import { metrics, processMetrics as process } from "../../service/src/metrics/definitions.ts";
import { instantQuery, stat, thresholds, timeseries } from "../panels.ts";
import { series, sums, chosenServers as where } from "../queries.ts";

const over = "$__rate_interval";
const byServer = "by (pod, instance)";
const server = "{{pod}} {{instance}}";

export const eventLoop = () =>
  timeseries(
    "Event loop lag",
    units.Seconds,
    "Delay of the event loop (p50 and p99). Every request is late by as much, and delays cannot be exact.",
    {
      [`p50 ${server}`]: `max ${byServer} (${series(process.eventLoopLagP50, where)})`,
      [`p99 ${server}`]: `max ${byServer} (${series(process.eventLoopLagP99, where)})`,
    },
  );

export const cpu = () =>
  timeseries(
    "CPU",
    units.Short,
    "Cores in use, and the share of a core spent on garbage collection. The server is one process with one thread: " +
      "at 1 it is saturated.",
    {
      [`cores ${server}`]: `sum ${byServer} (rate(${series(process.cpu, where)}[${over}]))`,
      [`garbage collection ${server}`]: `sum ${byServer} (rate(${sums(process.garbageCollection, where)}[${over}]))`,
    },
  );

export const memory = () =>
  timeseries(
    "Memory",
    units.BytesIEC,
    "Resident memory of the process, and the part of it used by the heap.",
    {
      [`process ${server}`]: `sum ${byServer} (${series(process.residentMemory, where)})`,
      [`heap ${server}`]: `sum ${byServer} (${series(process.heapUsed, where)})`,
    },
  );

export const restartCount = () =>
  stat(
    "Restarts",
    units.Short,
    "Number of restarts in the selected time range, without the first start of a pod.",
  )
    .withTarget(instantQuery(`sum(changes(${series(process.startTime, where)}[$__range]))`, "restarts"))
    .decimals(0)
    .thresholds(thresholds("green", [1, "orange"], [3, "red"]));

export const uptimes = () =>
  timeseries(
    "Uptime",
    units.DurationSeconds,
    "Time since each server started. It drops to zero at a restart.",
    {
      [server]: `time() - max ${byServer} (${series(process.startTime, where)})`,
    },
  );

export const refusedAndDropped = () =>
  timeseries(
    "Refused and dropped",
    units.CountsPerSecond,
    "Connections refused because too many were open, malformed requests, and log lines dropped because their reader " +
      "was too slow, per second. All three should be 0.",
    {
      [`refused ${server}`]: `sum ${byServer} (rate(${series(metrics.refusedConnections, where)}[${over}]))`,
      [`malformed ${server}`]: `sum ${byServer} (rate(${series(metrics.malformedRequests, where)}[${over}]))`,
      [`lines dropped ${server}`]: `sum ${byServer} (rate(${series(metrics.droppedLogLines, where)}[${over}]))`,
    },
  );

export function files() {
  const open = `sum ${byServer} (${series(process.openFiles, where)})`;
  const limit = `sum ${byServer} (${series(process.maxFiles, where)})`;
  return timeseries(
    "Open files and connections",
    units.PercentUnit,
    "Open file descriptors, including connections, as a share of the limit.",
    { [server]: `${open} / ${limit}` },
  ).axisSoftMax(0.01);
}
