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
        "How late the event loop gets around to what is due: half of the time at most this late, and but for one time " +
        "in a hundred. What it is late, every request is late; delays can't be exact then.",
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
        "Cores in use, and the share of a core's time that goes into collecting garbage. The server is one process with one thread: " +
        "at 1 it can do no more.",
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
      description: "Memory of the process, and the part of it that objects on the heap take.",
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
      description: "How often servers started anew in the time shown, without the first start of a pod.",
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
      title: "Up since",
      description: "Time since the start of each server; it falls to zero where one started anew.",
      unit: units.DurationSeconds,
    },
    [overTime(uptime(where), server)],
  );

export const turnedAwayAndDropped = () => {
  const { refused, malformed } = turnedAway(where, over);
  return lines(
    {
      title: "Turned away and dropped",
      description:
        "Connections refused because too many were open, what was no HTTP request, and log lines given up because whoever reads them was too slow: a second each. All three should be 0.",
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
      title: "Files and connections open",
      description: "The share of the files, connections among them, that the process may have open.",
      unit: units.PercentUnit,
    },
    [overTime(openFiles(where), server)],
  ).axisSoftMax(0.01);
