import * as units from "@grafana/grafana-foundation-sdk/units";
import { metrics, processMetrics } from "../../service/src/metrics/definitions.ts";
import type { Section } from "../layout.ts";
import { instantQuery, stat, thresholds, timeseries } from "../panels.ts";
import { rate, series, chosenServers as where } from "../queries.ts";

const over = "$__rate_interval";
const byServer = "by (pod, instance)";
const server = "{{pod}} {{instance}}";

/** The process of each server; closed at first. */
export function process(): Section {
  const { cpu, eventLoopLagP50, eventLoopLagP99, garbageCollection, heapUsed } = processMetrics;
  const { maxFiles, openFiles, residentMemory, startTime } = processMetrics;
  const { droppedLogLines, malformedRequests, refusedConnections } = metrics;
  const resources = [
    timeseries(
      "Event loop lag",
      units.Seconds,
      "Delay of the event loop (p50 and p99). Every request is late by this much, so delays cannot be exact.",
      {
        [`p50 ${server}`]: `max ${byServer} (${series(eventLoopLagP50, where)})`,
        [`p99 ${server}`]: `max ${byServer} (${series(eventLoopLagP99, where)})`,
      },
    ),
    timeseries(
      "CPU",
      units.Short,
      "Cores in use, and the share of a core spent on garbage collection. The server is one process with one thread: " +
        "at 1 it is saturated.",
      {
        [`cores ${server}`]: `sum ${byServer} (${rate.series(cpu, where, over)})`,
        [`garbage collection ${server}`]: `sum ${byServer} (${rate.sums(garbageCollection, where, over)})`,
      },
    ),
    timeseries(
      "Memory",
      units.BytesIEC,
      "Resident memory of the process, and the part of it used by the heap.",
      {
        [`process ${server}`]: `sum ${byServer} (${series(residentMemory, where)})`,
        [`heap ${server}`]: `sum ${byServer} (${series(heapUsed, where)})`,
      },
    ),
  ];
  const health = [
    stat(
      "Restarts",
      units.Short,
      "Number of restarts in the selected time range, without the first start of a pod.",
    )
      .withTarget(instantQuery(`sum(changes(${series(startTime, where)}[$__range]))`, "restarts"))
      .decimals(0)
      .thresholds(thresholds("green", [1, "orange"], [3, "red"])),
    timeseries(
      "Uptime",
      units.DurationSeconds,
      "Time since each server started. It drops to zero at a restart.",
      {
        [server]: `time() - max ${byServer} (${series(startTime, where)})`,
      },
    ),
    timeseries(
      "Refused and dropped",
      units.CountsPerSecond,
      "Connections refused because too many were open, malformed requests, and log lines dropped because their reader " +
        "was too slow, per second. All three should be 0.",
      {
        [`refused ${server}`]: `sum ${byServer} (${rate.series(refusedConnections, where, over)})`,
        [`malformed ${server}`]: `sum ${byServer} (${rate.series(malformedRequests, where, over)})`,
        [`lines dropped ${server}`]: `sum ${byServer} (${rate.series(droppedLogLines, where, over)})`,
      },
    ),
    timeseries(
      "Open files and connections",
      units.PercentUnit,
      "Open file descriptors, including connections, as a share of the limit.",
      {
        [server]: `sum ${byServer} (${series(openFiles, where)}) / sum ${byServer} (${series(maxFiles, where)})`,
      },
    ).axisSoftMax(0.01),
  ];
  return {
    title: "The process",
    closed: true,
    strips: [
      { height: 7, panels: resources },
      { height: 7, panels: health, widths: [3, 7, 7, 7] },
    ],
  };
}
