import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboardUids } from "../datasources.ts";
import { dashboard } from "../layout.ts";
import type { DashboardOptions } from "../options.ts";
import { objectivesOf } from "../rules/objectives.ts";
import {
  lokiVariable,
  prometheusVariable,
  requestVariable,
  routeVariable,
  serverVariables,
} from "../variables.ts";
import * as latency from "./latency.ts";
import * as logs from "./logs.ts";
import { alertsNow, budgets, burnRates, promises } from "./objectives.ts";
import * as process from "./process.ts";
import * as traffic from "./traffic.ts";

/** Shows the server's traffic, whether its latency is measured correctly, and why a request was slow. */
export function delayedServer(options: DashboardOptions): Dashboard {
  const objectives = objectivesOf(options);
  return dashboard({
    uid: dashboardUids.delayedServer,
    title: "Delayed server",
    description:
      "Rate, errors and duration, the latency distribution compared with the configured delays, objectives and logs.",
    variables: [
      prometheusVariable(),
      lokiVariable(),
      ...serverVariables(options),
      routeVariable(),
      requestVariable(),
    ],
    sections: [
      {
        strips: [
          {
            height: 4,
            panels: [
              traffic.requestsNow(),
              traffic.errorsNow(),
              latency.quantilesNow(),
              traffic.inFlightNow(),
              latency.largestError(),
              alertsNow(),
            ],
            widths: [3, 3, 9, 3, 3, 3],
          },
          { height: 9, panels: [latency.measuredAndConfigured(), latency.groundTruth(options)] },
          { height: 9, panels: [latency.latencyOverTime(), latency.latencyNow()] },
        ],
      },
      {
        title: "Rate, errors, duration",
        strips: [
          { height: 8, panels: [traffic.rateByRoute(), traffic.errorsByRoute(), traffic.durationByRoute()] },
          {
            height: 7,
            panels: [
              traffic.requestsInFlight(),
              traffic.endedByStatus(),
              traffic.abortedByRoute(),
              traffic.timeByStep(),
            ],
          },
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
          { height: 6, panels: [logs.linesByLevel(options), logs.countedAndLogged(options)] },
          { height: 12, panels: [logs.requestLog(options)] },
        ],
      },
      {
        title: "The process",
        closed: true,
        strips: [
          { height: 7, panels: [process.eventLoop(), process.cpu(), process.memory()] },
          {
            height: 7,
            panels: [process.restartCount(), process.uptimes(), process.refusedAndDropped(), process.files()],
            widths: [3, 7, 7, 7],
          },
        ],
      },
    ],
  });
}
