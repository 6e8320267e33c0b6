import type { DashboardOptions } from "../../dashboards/index.ts";
import type { PodOptions } from "../cluster/pods.ts";
import type { Plan } from "../plan.ts";
import type { ImageSource } from "./images.ts";

/** What the values of the loki-stack release are made from. */
export interface MonitoringOptions extends ImageSource, PodOptions {
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
  /** The address of the machine that pods call `host.docker.internal`. @default the cluster knows the name */
  readonly hostAddress?: string | undefined;
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
  /** StorageClass of the volumes. @default the cluster's default */
  readonly storageClass?: string | undefined;
  /** Whether Promtail and node-exporter run, which read the nodes' files. */
  readonly nodeAccess: boolean;
  /** Whether the nodes' container runtime is Docker, which keeps logs in a place of its own. @default false */
  readonly dockerRuntime?: boolean;
  /** Changes when the administrator's password does. */
  readonly passwordVersion: string;
}

/** What dashboards, rules and datasources of a stack are made from. */
export function dashboardOptions({ settings, server, names }: Plan): DashboardOptions {
  return {
    stack: { namespace: names.serverNamespace, instance: names.instance },
    outside: settings.scrapeTargets.length > 0,
    scrapeInterval: settings.scrapeInterval,
    delays: server.delay,
    naiveBuckets: server.naiveBuckets,
    load: settings.load,
    logFormat: server.logFormat,
    objectives: settings,
  };
}
