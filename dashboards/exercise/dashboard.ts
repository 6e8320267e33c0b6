import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard, type Sizable, type Strip } from "../layout.ts";
import type { DashboardOptions } from "../options.ts";
import { text } from "../panels.ts";
import { dashboardUids } from "../uids.ts";
import { prometheusVariable, serverVariables } from "../variables.ts";
import * as notes from "./notes.ts";
import * as panels from "./panels.ts";

/** Answers the two questions of the exercise step by step. */
export function exercise(options: DashboardOptions): Dashboard {
  return dashboard({
    uid: dashboardUids.exercise,
    title: "The exercise",
    description: "From a server with a delay to its quantiles, step by step, and what can go wrong.",
    variables: [prometheusVariable(), ...serverVariables(options)],
    sections: [
      { strips: [{ height: 7, panels: [text(notes.introduction)] }] },
      {
        title: "How long do requests take?",
        strips: [
          step(8, notes.targetIsUp, panels.targetIsUp()),
          step(9, notes.whatIsScraped, panels.whatIsScraped()),
          step(9, notes.rawBuckets, panels.rawBuckets()),
          step(9, notes.rates, panels.rawRate()),
          step(10, notes.asQuantiles, panels.quantilesOverTime()),
        ],
      },
      {
        title: "How is the latency distributed, and can the graph be trusted?",
        strips: [
          step(9, notes.asDistribution, panels.heat()),
          ...(options.naiveBuckets
            ? [
                step(9, notes.wrongBuckets, panels.goodBuckets(), panels.badBuckets()),
                { height: 7, panels: [panels.errors()] },
              ]
            : []),
          step(8, notes.goOn, panels.recordedQuantiles()),
        ],
      },
    ],
  });
}

/** A note on the left, its panel on the right. */
function step(height: number, markdown: string, ...shown: Sizable[]): Strip {
  return {
    height,
    panels: [text(markdown), ...shown],
    widths: [8, ...shown.map(() => 16 / shown.length)],
  };
}
