import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboardUids } from "../datasources.ts";
import { dashboard } from "../layout.ts";
import type { DashboardOptions } from "../options.ts";
import { chosenTargets, series, up } from "../queries.ts";
import { labelVariable, prometheusVariable } from "../variables.ts";
import * as load from "./load.ts";
import * as logs from "./logs.ts";
import * as prometheus from "./prometheus.ts";

/** Shows whether the monitoring itself works. */
export function monitoringItself(
  options: Pick<DashboardOptions, "load" | "ownStores" | "collector">,
): Dashboard {
  const collector = logs.collectors[options.collector];
  return dashboard({
    uid: dashboardUids.monitoringItself,
    title: "Monitoring itself",
    description: `Whether metrics and logs arrive: scrapes, Prometheus and its rules, Loki and ${collector.name}.`,
    variables: [
      prometheusVariable(),
      labelVariable("job", series(up), "How Prometheus found its targets."),
      labelVariable("instance", series(up, { job: chosenTargets.job }), "Scraped address and port."),
    ],
    sections: [
      {
        title: "Scrapes",
        strips: [
          {
            height: 4,
            panels: [
              prometheus.targetsUp(),
              prometheus.targetsDown(),
              prometheus.slowestScrape(),
              prometheus.samplesNow(),
            ],
          },
          {
            height: 8,
            panels: [prometheus.successfulScrapes(), prometheus.scrapeDuration(), prometheus.samplesByJob()],
          },
        ],
      },
      {
        title: "Prometheus",
        strips: options.ownStores?.metrics
          ? [
              {
                height: 7,
                panels: [prometheus.agentSeries(), prometheus.samplesSent(), prometheus.memory()],
              },
              {
                height: 7,
                panels: [prometheus.storeDelay(), prometheus.samplesWaiting(), prometheus.samplesLost()],
              },
            ]
          : [
              {
                height: 7,
                panels: [prometheus.storedSeries(), prometheus.storedSamples(), prometheus.memory()],
              },
              {
                height: 7,
                panels: [prometheus.ruleDuration(), prometheus.ruleFailures(), prometheus.notifications()],
              },
            ],
      },
      {
        title: `Loki and ${collector.name}`,
        strips: [
          // A Loki of the user's own may not be scraped.
          ...(options.ownStores?.logs
            ? []
            : [
                {
                  height: 7,
                  panels: [logs.linesReceived(), logs.bytesReceived(), logs.streams(), logs.requestTime()],
                },
              ]),
          { height: 7, panels: [logs.linesSent(collector), collector.lag(), logs.linesLost(collector)] },
        ],
      },
      ...(options.load
        ? [
            {
              title: "Load",
              strips: [{ height: 7, panels: [load.requestsSent(), load.waiting(), load.clientLatency()] }],
            },
          ]
        : []),
    ],
  });
}
