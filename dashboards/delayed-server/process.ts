import * as units from "@grafana/grafana-foundation-sdk/units";
import { metrics, processMetrics as process } from "../../service/src/metrics/definitions.ts";
import { instantQuery, rangeQuery, stat, thresholds, timeseries } from "../panels.ts";
import { series, sums } from "../promql.ts";
import { chosenServers as where } from "../queries.ts";

const over = "$__rate_interval";
const byServer = "by (pod, instance)";
const server = "{{pod}} {{instance}}";

export const eventLoop = () =>
  timeseries(
    "Event loop lag",
    "Delay of the event loop (p50 and p99). Every request is late by as much, and delays " +
      "cannot be exact.",
  )
    .unit(units.Seconds)
    .withTarget(rangeQuery(`max ${byServer} (${series(process.eventLoopLagP50, where)})`, `p50 ${server}`))
    .withTarget(rangeQuery(`max ${byServer} (${series(process.eventLoopLagP99, where)})`, `p99 ${server}`));

export function cpu() {
  const cores = `sum ${byServer} (rate(${series(process.cpu, where)}[${over}]))`;
  const collecting = `sum ${byServer} (rate(${sums(process.garbageCollection, where)}[${over}]))`;
  return timeseries(
    "CPU",
    "Cores in use, and the share of a core spent on garbage collection. The server is one process with one thread: " +
      "at 1 it is saturated.",
  )
    .unit(units.Short)
    .withTarget(rangeQuery(cores, `cores ${server}`))
    .withTarget(rangeQuery(collecting, `garbage collection ${server}`));
}

export const memory = () =>
  timeseries("Memory", "Resident memory of the process, and the part of it used by the heap.")
    .unit(units.BytesIEC)
    .withTarget(rangeQuery(`sum ${byServer} (${series(process.residentMemory, where)})`, `process ${server}`))
    .withTarget(rangeQuery(`sum ${byServer} (${series(process.heapUsed, where)})`, `heap ${server}`));

export const restartCount = () =>
  stat("Restarts", "Number of restarts in the selected time range, without the first start of a pod.")
    .unit(units.Short)
    .withTarget(instantQuery(`sum(changes(${series(process.startTime, where)}[$__range]))`, "restarts"))
    .decimals(0)
    .thresholds(thresholds("green", [1, "orange"], [3, "red"]));

export const uptimes = () =>
  timeseries("Uptime", "Time since each server started. It drops to zero at a restart.")
    .unit(units.DurationSeconds)
    .withTarget(rangeQuery(`time() - max ${byServer} (${series(process.startTime, where)})`, server));

export function refusedAndDropped() {
  const refused = `sum ${byServer} (rate(${series(metrics.refusedConnections, where)}[${over}]))`;
  const malformed = `sum ${byServer} (rate(${series(metrics.malformedRequests, where)}[${over}]))`;
  const dropped = `sum ${byServer} (rate(${series(metrics.droppedLogLines, where)}[${over}]))`;
  return timeseries(
    "Refused and dropped",
    "Connections refused because too many were open, malformed requests, and log lines dropped because their reader was too slow, per second. All three should be 0.",
  )
    .unit(units.CountsPerSecond)
    .withTarget(rangeQuery(refused, `refused ${server}`))
    .withTarget(rangeQuery(malformed, `malformed ${server}`))
    .withTarget(rangeQuery(dropped, `lines dropped ${server}`));
}

export function files() {
  const open = `sum ${byServer} (${series(process.openFiles, where)})`;
  const limit = `sum ${byServer} (${series(process.maxFiles, where)})`;
  return timeseries(
    "Open files and connections",
    "Open file descriptors, including connections, as a share of the limit.",
  )
    .unit(units.PercentUnit)
    .withTarget(rangeQuery(`${open} / ${limit}`, server))
    .axisSoftMax(0.01);
}
