import * as units from "@grafana/grafana-foundation-sdk/units";
import { atTheEnd, byThresholds, figure, lines, overTime, thresholds } from "../panels.ts";
import { sum } from "../promql/functions.ts";
import {
  cores,
  droppedLines,
  eventLoopLagMedian,
  eventLoopLagP99,
  garbageCollection,
  heapUsed,
  openFiles,
  residentMemory,
  restarts,
  turnedAway,
  uptime,
} from "../queries/process.ts";
import { chosenServers as where } from "../queries/traffic.ts";

const over = "$__rate_interval";
const server = ({ pod, instance }: { pod: string; instance: string }) => `${pod} ${instance}`;

export const eventLoop = () =>
  lines(
    {
      title: "Event loop lag",
      description:
        "Delay of the event loop (p50 and p99). Every request is late by as much, and delays " +
        "cannot be exact.",
      unit: units.Seconds,
    },
    [
      overTime(eventLoopLagMedian(where), (label) => `p50 ${server(label)}`),
      overTime(eventLoopLagP99(where), (label) => `p99 ${server(label)}`),
    ],
  );

export const cpu = () =>
  lines(
    {
      title: "CPU",
      description:
        "Cores in use, and the share of a core spent on garbage collection. The server is one process with one thread: " +
        "at 1 it is saturated.",
      unit: units.Short,
    },
    [
      overTime(cores(where, over), (label) => `cores ${server(label)}`),
      overTime(garbageCollection(where, over), (label) => `garbage collection ${server(label)}`),
    ],
  );

export const memory = () =>
  lines(
    {
      title: "Memory",
      description: "Resident memory of the process, and the part of it used by the heap.",
      unit: units.BytesIEC,
    },
    [
      overTime(residentMemory(where), (label) => `process ${server(label)}`),
      overTime(heapUsed(where), (label) => `heap ${server(label)}`),
    ],
  );

export const restartCount = () =>
  figure(
    {
      title: "Restarts",
      description: "Number of restarts in the selected time range, without the first start of a pod.",
      unit: units.Short,
    },
    atTheEnd(sum([], restarts(where, "$__range")), "restarts"),
  )
    .decimals(0)
    .colorScheme(byThresholds())
    .thresholds(thresholds("green", [1, "orange"], [3, "red"]));

export const uptimes = () =>
  lines(
    {
      title: "Uptime",
      description: "Time since each server started. It drops to zero at a restart.",
      unit: units.DurationSeconds,
    },
    [overTime(uptime(where), server)],
  );

export const turnedAwayAndDropped = () => {
  const { refused, malformed } = turnedAway(where, over);
  return lines(
    {
      title: "Refused and dropped",
      description:
        "Connections refused because too many were open, malformed requests, and log lines dropped because their reader was too slow, per second. All three should be 0.",
      unit: units.CountsPerSecond,
    },
    [
      overTime(refused, (label) => `refused ${server(label)}`),
      overTime(malformed, (label) => `malformed ${server(label)}`),
      overTime(droppedLines(where, over), (label) => `lines dropped ${server(label)}`),
    ],
  );
};

export const files = () =>
  lines(
    {
      title: "Open files and connections",
      description: "Open file descriptors, including connections, as a share of the limit.",
      unit: units.PercentUnit,
    },
    [overTime(openFiles(where), server)],
  ).axisSoftMax(0.01);
