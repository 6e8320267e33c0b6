import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard } from "../layout.ts";
import type { DashboardOptions } from "../options.ts";
import { objectivesOf } from "../rules/objectives.ts";
import { dashboardUids } from "../uids.ts";
import { latencyNow, latencyOverTime } from "./distribution.ts";
import { errorsNow, furthestOff, inFlightNow, quantilesNow, requestsNow } from "./glance.ts";
import { countedAndLogged, lineByLevel, requestLog } from "./logs.ts";
import { budgets, burnRates, firing, promises } from "./objectives.ts";
import { cpu, eventLoop, files, memory, restartCount, turnedAwayAndDropped, uptimes } from "./process.ts";
import {
  abortedByRoute,
  durationByRoute,
  endedByStatus,
  errorsByRoute,
  rateByRoute,
  requestsInFlight,
  timeByStep,
} from "./traffic.ts";
import { groundTruth, measuredAndConfigured } from "./truth.ts";
import { serverVariables } from "./variables.ts";

/** Shows the server's traffic, whether its latency is measured correctly, and why a request was slow. */
export function delayedServer(options: DashboardOptions): Dashboard {
  const objectives = objectivesOf(options.objectives, options.delays, options.scrapeInterval);
  return dashboard({
    uid: dashboardUids.delayedServer,
    title: "Delayed server",
    description:
      "Rate, errors and duration, the latency distribution compared with the configured delays, objectives and logs.",
    variables: serverVariables(options),
    sections: [
      {
        strips: [
          {
            height: 4,
            panels: [requestsNow(), errorsNow(), quantilesNow(), inFlightNow(), furthestOff(), firing()],
            widths: [3, 3, 9, 3, 3, 3],
          },
          { height: 9, panels: [measuredAndConfigured(), groundTruth(options)] },
          { height: 9, panels: [latencyOverTime(), latencyNow()] },
        ],
      },
      {
        title: "Rate, errors, duration",
        strips: [
          { height: 8, panels: [rateByRoute(), errorsByRoute(), durationByRoute()] },
          { height: 7, panels: [requestsInFlight(), endedByStatus(), abortedByRoute(), timeByStep()] },
        ],
      },
      {
        title: "Objectives",
        strips: [
          {
            height: 4,
            panels: [promises(objectives), budgets(objectives)],
          },
          { height: 8, panels: [burnRates("availability", objectives), burnRates("latency", objectives)] },
        ],
      },
      {
        title: "Logs",
        strips: [
          { height: 6, panels: [lineByLevel(options), countedAndLogged(options)] },
          { height: 12, panels: [requestLog(options)] },
        ],
      },
      {
        title: "The process",
        closed: true,
        strips: [
          { height: 7, panels: [eventLoop(), cpu(), memory()] },
          {
            height: 7,
            panels: [restartCount(), uptimes(), turnedAwayAndDropped(), files()],
            widths: [3, 7, 7, 7],
          },
        ],
      },
    ],
  });
}
