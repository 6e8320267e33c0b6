import type { Input } from "@pulumi/pulumi";
import type { DashboardOptions } from "../../dashboards/index.ts";
import type { Plan } from "../plan.ts";
import type { PodOptions } from "../server/pod.ts";
import type { ImageSource } from "./images.ts";
import { distributions, type Versions } from "./versions.ts";

/** Contents of the Secret by file name; undefined: no such file. */
export interface StoreFiles {
  readonly "metrics-password"?: Input<string> | undefined;
  readonly "loki-password"?: Input<string> | undefined;
  /** Certificate authorities in PEM, in addition to those of the images. */
  readonly "ca.crt"?: Input<string> | undefined;
}

/** The input of the release's values. */
export interface MonitoringOptions extends ImageSource, PodOptions {
  /** What the release installs. */
  readonly versions: Versions;
  /** Name of the Helm release; every service of the chart is named after it. */
  readonly release: string;
  /** Value of the label that selects Grafana's dashboards. */
  readonly instance: string;
  /** NodePort of Grafana. */
  readonly grafanaNodePort: number;
  /** NodePort of Prometheus. */
  readonly prometheusNodePort: number;
  /** Grafana's URL for a browser; Grafana uses it in links. */
  readonly grafanaUrl: string;
  /** Prometheus' URL for a browser; Prometheus uses it in links. */
  readonly prometheusUrl: string;
  /** Seconds between scrapes, and between evaluations of a rule. */
  readonly scrapeInterval: number;
  /** host:port of servers outside the cluster. */
  readonly scrapeTargets: readonly string[];
  /** The address of `host.docker.internal` for pods. @default the cluster resolves the name */
  readonly hostAddress?: string | undefined;
  /** The input of dashboards, rules and datasources. */
  readonly dashboards: DashboardOptions;
  /** URL to which Prometheus also sends every sample. @default no remote write */
  readonly remoteWriteUrl?: string | undefined;
  /** Store to query instead of the release's Prometheus, which is then an agent. @default the release's own */
  readonly queryUrl?: string | undefined;
  /** Number of agents that share the scraping. */
  readonly scrapeShards: number;
  /** User of the store; undefined with a password: that is a token. */
  readonly metricsUsername?: string | undefined;
  /** HTTP headers for the store. @default none */
  readonly metricsHeaders?: Readonly<Record<string, string>>;
  /** Loki to use instead of the release's own. @default the release's own */
  readonly lokiUrl?: string | undefined;
  readonly lokiTenant?: string | undefined;
  readonly lokiUsername?: string | undefined;
  /** Files with logins and certificate authorities of the stores. @default none */
  readonly storeFiles?: readonly (keyof StoreFiles)[];
  /** Changes with the content of these files. */
  readonly storesVersion?: string | undefined;
  /** `laptop` omits optional components for small machines. */
  readonly preset: "full" | "laptop";
  /** Whether data is kept on persistent volumes. */
  readonly persistence: boolean;
  /** StorageClass of the volumes. @default the cluster's default */
  readonly storageClass?: string | undefined;
  /** Whether to run the collector of logs and node-exporter, which read the nodes' files. */
  readonly nodeAccess: boolean;
  /** Whether the nodes' container runtime is Docker, which has its own folder of logs. @default false */
  readonly dockerRuntime?: boolean;
  /** Changes with the administrator's password. */
  readonly passwordVersion: string;
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
