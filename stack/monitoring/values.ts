// The values of the loki-stack release: a pure function, so that they can be
// read, tested and held against the chart's own keys without Pulumi or a cluster.

import type { DashboardOptions } from "../../dashboards/index.ts";
import { type ImageSource, withImages } from "./images.ts";
import { alertmanagerValues, exporterValues } from "./values-exporters.ts";
import { grafanaValues } from "./values-grafana.ts";
import { lokiValues, promtailValues } from "./values-loki.ts";
import { prometheusValues } from "./values-prometheus.ts";

export interface MonitoringOptions extends ImageSource {
  /** Name of the Helm release; every service of the chart is named after it. */
  readonly release: string;
  /** Value of the label by which Grafana finds its dashboards. */
  readonly instance: string;
  /** NodePort of Grafana. */
  readonly grafanaNodePort: number;
  /** NodePort of Prometheus. */
  readonly prometheusNodePort: number;
  /** URL at which a browser reaches Grafana: used in the links it makes. */
  readonly grafanaUrl: string;
  /** URL at which a browser reaches Prometheus: used in the links it makes. */
  readonly prometheusUrl: string;
  /** Seconds between two scrapes, and between two evaluations of a rule. */
  readonly scrapeInterval: number;
  /** host:port of servers outside the cluster. */
  readonly scrapeTargets: readonly string[];
  /** What dashboards, rules and datasources are made from. */
  readonly dashboards: DashboardOptions;
  /** Where Prometheus sends every sample as well. @default nowhere */
  readonly remoteWriteUrl?: string | undefined;
  /** A Loki to use rather than the release's own. @default the release's own */
  readonly lokiUrl?: string | undefined;
  /** `laptop` leaves out what a small machine can do without. */
  readonly preset: "full" | "laptop";
  /** Whether data outlives pods. */
  readonly persistence: boolean;
  /** Changes when the administrator's password does. */
  readonly passwordVersion: string;
}

/** What loki-stack 2.10.3 is installed with. */
export function lokiStackValues(options: MonitoringOptions): Record<string, unknown> {
  const values = {
    // Helm tests, which nobody runs here, pull an image of their own.
    test_pod: { enabled: false },
    loki: lokiValues(options),
    promtail: promtailValues(options),
    grafana: grafanaValues(options),
    prometheus: {
      ...prometheusValues(options),
      alertmanager: alertmanagerValues(options),
      ...exporterValues(options),
    },
  };
  return withImages(values, options);
}
