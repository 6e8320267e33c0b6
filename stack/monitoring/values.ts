// The values of the release: a pure function, tested without Pulumi or a cluster.

import { mapAt, withImages } from "../images.ts";
import { hostName } from "../plan.ts";
import { nodeSelector, pullSecretName } from "../server/pod.ts";
import type { Part } from "../settings/patterns.ts";
import type { MonitoringOptions } from "./options.ts";
import { asShards } from "./shards.ts";
import { collectorValues, promtailValues } from "./values-collector.ts";
import { grafanaValues } from "./values-grafana.ts";
import { lokiValues, maintainedLokiValues } from "./values-loki.ts";
import { alertmanagerValues, exporterValues, prometheusValues } from "./values-prometheus.ts";
import { distributions, type Versions } from "./versions.ts";

/** Adds the machine's name to `/etc/hosts` of the pods that a setting points to the machine. */
function withHostAliases(
  // biome-ignore lint/suspicious/noExplicitAny: values of any chart
  values: any,
  { versions, hostAddress, scrapeTargets, remoteWriteUrl, queryUrl, lokiUrl }: MonitoringOptions,
): Record<string, unknown> {
  if (hostAddress === undefined) return values;
  const isHost = (...urls: (string | undefined)[]) => urls.some((url) => url?.includes(hostName));
  const hostAliases = [{ ip: hostAddress, hostnames: [hostName] }];
  if (isHost(...scrapeTargets, remoteWriteUrl)) Object.assign(values.prometheus.server, { hostAliases });
  if (isHost(lokiUrl)) Object.assign(values[distributions[versions].collector], { hostAliases });
  if (isHost(queryUrl, lokiUrl)) Object.assign(values.grafana, { hostAliases });
  return values;
}

/** Loki and the collector of logs, the only parts whose charts have other keys. */
const ofLogs: Readonly<Record<Versions, (options: MonitoringOptions) => Record<string, unknown>>> = {
  chart: (options) => ({
    // Unused; would pull another image.
    test_pod: { enabled: false },
    loki: lokiValues(options),
    promtail: promtailValues(options),
  }),
  maintained: (options) => ({
    loki: maintainedLokiValues(options),
    "opentelemetry-collector": collectorValues(options),
  }),
};

export function monitoringValues(options: MonitoringOptions): Record<string, unknown> {
  const { versions } = options;
  const values = {
    ...ofLogs[versions](options),
    grafana: grafanaValues(options),
    prometheus: {
      ...prometheusValues(options),
      alertmanager: alertmanagerValues(options),
      ...exporterValues(options),
    },
  };
  if (options.scrapeShards > 1) asShards(values.prometheus, options);
  const complete = withPods(withImages(values, versions, options), options);
  return withHostAliases(complete, options);
}

// The keys of the pod options in the values: each subchart has its own.

type Values = Record<string, unknown>;

/** A part of the release. */
interface ChartPart {
  readonly part: Part;
  /** Path of its map in the values. */
  readonly at: string;
  /** Paths of the maps of its other containers. @default none */
  readonly containers?: readonly string[];
  /** Path of the list of pull Secrets; `pullSecrets` are plain names. @default `imagePullSecrets` of its map */
  readonly pullSecrets?: string;
  /** Tolerations in addition to those of the settings. @default none */
  readonly tolerations?: readonly object[];
  /** Key of the pods' labels. @default podLabels */
  readonly labels?: string;
  /** The chart has no key for a PriorityClass. */
  readonly withoutPriority?: true;
}

const controlPlane = ["master", "control-plane"].map((role) => ({
  key: `node-role.kubernetes.io/${role}`,
  operator: "Exists",
  effect: "NoSchedule",
}));

const sharedParts: readonly ChartPart[] = [
  {
    part: "prometheus",
    at: "prometheus.server",
    containers: ["prometheus.configmapReload.prometheus"],
    pullSecrets: "prometheus.imagePullSecrets",
  },
  { part: "alertmanager", at: "prometheus.alertmanager", withoutPriority: true },
  { part: "kube-state-metrics", at: "prometheus.kube-state-metrics", labels: "customLabels" },
  // The chart tolerates every taint, which would include virtual nodes and nodes dedicated to others.
  { part: "node-exporter", at: "prometheus.prometheus-node-exporter", tolerations: controlPlane },
  { part: "pushgateway", at: "prometheus.prometheus-pushgateway" },
  {
    part: "grafana",
    at: "grafana",
    containers: ["grafana.sidecar", "grafana.initChownData"],
    pullSecrets: "grafana.image.pullSecrets",
  },
];

const chartParts: Readonly<Record<Versions, readonly ChartPart[]>> = {
  chart: [
    ...sharedParts,
    { part: "loki", at: "loki", pullSecrets: "loki.image.pullSecrets" },
    { part: "promtail", at: "promtail", tolerations: controlPlane },
  ],
  maintained: [
    ...sharedParts,
    { part: "loki", at: "loki.singleBinary", pullSecrets: "loki.imagePullSecrets" },
    { part: "promtail", at: "opentelemetry-collector", tolerations: controlPlane },
  ],
};

/** Sets the pod options in each subchart. */
function withPods(values: Values, options: MonitoringOptions): Values {
  const result = structuredClone(values);
  const secret = pullSecretName(options);
  for (const one of chartParts[options.versions]) {
    const { at, labels = "podLabels", pullSecrets = `${at}.imagePullSecrets` } = one;
    const map = mapAt(result, at);
    // The stack's own annotations take precedence.
    map.podAnnotations = { ...options.annotations, ...(map.podAnnotations as object | undefined) };
    map[labels] = { ...options.labels, ...(map[labels] as object | undefined) };
    map.nodeSelector = nodeSelector(options);
    const tolerations = [...(one.tolerations ?? []), ...options.tolerations];
    if (tolerations.length > 0) map.tolerations = tolerations;
    if (options.priorityClass && !one.withoutPriority) map.priorityClassName = options.priorityClass;
    for (const path of [at, ...(one.containers ?? [])])
      Object.assign(mapAt(result, `${path}.resources`), options.resources[one.part]);
    if (secret === undefined) continue;
    const [, parent = "", key = ""] = /^(.*)\.(\w+)$/.exec(pullSecrets) ?? [];
    mapAt(result, parent)[key] = [key === "pullSecrets" ? secret : { name: secret }];
  }
  return result;
}
