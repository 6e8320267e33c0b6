import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard } from "../layout.ts";
import type { DashboardOptions } from "../options.ts";
import { series } from "../promql/selector.ts";
import { scraping } from "../queries/metrics.ts";
import { chosenTargets } from "../queries/traffic.ts";
import { dashboardUids } from "../uids.ts";
import { labelVariable, prometheusVariable } from "../variables.ts";
import * as generator from "./load.ts";
import * as logs from "./logs.ts";
import * as prometheus from "./prometheus.ts";
import * as scrapes from "./scrapes.ts";

/** Shows whether the monitoring itself works. */
export function monitoringItself({ load }: Pick<DashboardOptions, "load">): Dashboard {
  const { up } = scraping;
  return dashboard({
    uid: dashboardUids.monitoringItself,
    title: "Monitoring itself",
    description: "Whether metrics and logs arrive: scrapes, Prometheus and its rules, Loki and Promtail.",
    variables: [
      prometheusVariable(),
      labelVariable<typeof up>("job", series(up), {
        label: "Job",
        description: "How Prometheus found its targets.",
        everything: ".+",
      }),
      labelVariable<typeof up>("instance", series(up, { job: chosenTargets.job }), {
        label: "Instance",
        description: "Scraped address and port.",
        everything: ".+",
      }),
    ],
    sections: [
      {
        title: "Scrapes",
        strips: [
          {
            height: 4,
            panels: [scrapes.targetsUp(), scrapes.targetsDown(), scrapes.slowest(), scrapes.samplesNow()],
          },
          { height: 8, panels: [scrapes.answered(), scrapes.duration(), scrapes.samples()] },
        ],
      },
      {
        title: "Prometheus",
        strips: [
          { height: 7, panels: [prometheus.storedSeries(), prometheus.appended(), prometheus.memory()] },
          {
            height: 7,
            panels: [prometheus.ruleDuration(), prometheus.ruleFailures(), prometheus.notifications()],
          },
        ],
      },
      {
        title: "Loki and Promtail",
        strips: [
          { height: 7, panels: [logs.lines(), logs.bytes(), logs.streams(), logs.requestTime()] },
          { height: 7, panels: [logs.sent(), logs.lag(), logs.lost()] },
        ],
      },
      ...(load
        ? [
            {
              title: "Load",
              strips: [
                { height: 7, panels: [generator.sent(), generator.waiting(), generator.clientLatency()] },
              ],
            },
          ]
        : []),
    ],
  });
}
