import type { Input } from "@pulumi/pulumi";
import type { DashboardOptions } from "../../dashboards/index.ts";
import type { ValuesOf } from "../../service/src/setting-kinds.ts";
import type { ImageSource } from "../images.ts";
import type { Plan } from "../plan.ts";
import type { PodOptions } from "../server/pod.ts";
import type { monitoringSettings, storeSettings } from "../settings/monitoring.ts";
import { distributions } from "./versions.ts";

/** Contents of the Secret by file name; undefined: no such file. */
export interface StoreFiles {
  readonly "metrics-password"?: Input<string> | undefined;
  readonly "loki-password"?: Input<string> | undefined;
  /** Certificate authorities in PEM, in addition to those of the images. */
  readonly "ca.crt"?: Input<string> | undefined;
}

/** The settings of the monitoring and of the user's own stores, except those that other options replace. */
type OfSettings = Omit<
  ValuesOf<typeof monitoringSettings & typeof storeSettings>,
  | "lokiStackChart"
  | "chartsFolder"
  | "grafanaNodePort"
  | "prometheusNodePort"
  | "metricsPassword"
  | "lokiPassword"
>;

/** The input of the release's values. */
export interface MonitoringOptions extends ImageSource, PodOptions, Readonly<OfSettings> {
  /** Name of the Helm release; every service of the chart is named after it. */
  readonly release: string;
  /** Value of the label that selects Grafana's dashboards. */
  readonly instance: string;
  readonly grafanaNodePort: number;
  readonly prometheusNodePort: number;
  /** Grafana's URL for a browser; Grafana uses it in links. */
  readonly grafanaUrl: string;
  /** Prometheus' URL for a browser; Prometheus uses it in links. */
  readonly prometheusUrl: string;
  /** The address of `host.docker.internal` for pods. @default the cluster resolves the name */
  readonly hostAddress?: string | undefined;
  /** The input of dashboards, rules and datasources. */
  readonly dashboards: DashboardOptions;
  /** Files with logins and certificate authorities of the stores. @default none */
  readonly storeFiles?: readonly (keyof StoreFiles)[];
  /** Changes with the content of these files. */
  readonly storesVersion?: string | undefined;
  /** StorageClass of the volumes. @default the cluster's default */
  readonly storageClass?: string | undefined;
  /** Whether to run the collector of logs and node-exporter, which read the nodes' files. */
  readonly nodeAccess: boolean;
  /** Whether the nodes' container runtime is Docker, which has its own folder of logs. @default false */
  readonly dockerRuntime?: boolean;
  /** Changes with the administrator's password. */
  readonly passwordVersion: string;
}

/** Whether each part runs that not every monitoring has. */
export function optionalParts(
  settings: Pick<MonitoringOptions, "preset" | "nodeAccess" | "queryUrl" | "lokiUrl">,
) {
  const { preset, nodeAccess, queryUrl, lokiUrl } = settings;
  const isFull = preset === "full";
  return {
    // The ruler of a store has its own.
    alertmanager: isFull && queryUrl === undefined,
    pushgateway: isFull,
    "node-exporter": isFull && nodeAccess,
    loki: lokiUrl === undefined,
    promtail: nodeAccess,
  };
}

/** The input of a stack's dashboards, rules and datasources. */
export function dashboardOptions({ settings, server, names }: Plan): DashboardOptions {
  return {
    stack: { namespace: names.serverNamespace, instance: names.instance },
    outside: settings.scrapeTargets.length > 0,
    manyPods: Math.max(settings.replicas, settings.maxReplicas ?? 0) > 50,
    scrapeInterval: settings.scrapeInterval,
    delays: server.delay,
    naiveBuckets: server.naiveBuckets,
    load: settings.load,
    logFormat: server.logFormat,
    ownStores: { metrics: settings.queryUrl !== undefined, logs: settings.lokiUrl !== undefined },
    collector: distributions[settings.versions].collector,
    objectives: settings,
  };
}
