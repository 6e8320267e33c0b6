// The input of the releases' values, for their tests.
import { defaultOptions } from "../dashboards/index.ts";
import type { MonitoringOptions } from "../stack/monitoring/options.ts";
import type { Versions } from "../stack/monitoring/versions.ts";
import { anyPods, type PodOptions, parts } from "../stack/settings/pods.ts";

/** The options of a stack with default settings. */
export function valueOptions(versions: Versions): MonitoringOptions {
  return {
    versions,
    ...anyPods,
    nodeAccess: true,
    release: "loki",
    instance: "latency-lab",
    grafanaNodePort: 30300,
    prometheusNodePort: 30900,
    grafanaUrl: "http://127.0.0.1:30300",
    prometheusUrl: "http://127.0.0.1:30900",
    scrapeInterval: 5,
    scrapeTargets: [],
    dashboards: defaultOptions(),
    preset: "full",
    persistence: false,
    passwordVersion: "1",
  };
}

/** A value for every setting of pods. */
export const everyPodSetting: PodOptions = {
  labels: { team: "payments" },
  annotations: { "linkerd.io/inject": "disabled" },
  tolerations: [{ key: "dedicated", operator: "Equal", value: "lab", effect: "NoSchedule" }],
  nodeSelector: { pool: "lab" },
  priorityClass: "low",
  imagePullSecret: "default/registry",
  resources: Object.fromEntries(parts.map((part) => [part, { requests: { cpu: "1m", memory: "1Mi" } }])),
};
