// The keys of the pod options in the chart's values: each subchart has its own.
import { nodeSelector, pullSecretName } from "../server/pod.ts";
import type { Part } from "../settings/pods.ts";
import { mapAt } from "./images.ts";
import type { MonitoringOptions } from "./options.ts";
import type { Versions } from "./versions.ts";

type Values = Record<string, unknown>;

/** A part of the release. */
interface ChartPart {
  readonly part: Part;
  /** Path of the part's map in the values. */
  readonly at: readonly string[];
  /** Paths of `resources` in the values, one for each container. */
  readonly resources: readonly (readonly string[])[];
  /** Path of the list of pull secrets from the root, and whether it contains plain names. */
  readonly pullSecrets: readonly string[];
  readonly pullSecretsAreNames?: true;
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

const ofPrometheus = (part: Part, name: string): ChartPart => ({
  part,
  at: ["prometheus", name],
  resources: [["prometheus", name, "resources"]],
  pullSecrets: ["prometheus", name, "imagePullSecrets"],
});

const sharedParts: readonly ChartPart[] = [
  {
    part: "prometheus",
    at: ["prometheus", "server"],
    resources: [
      ["prometheus", "server", "resources"],
      ["prometheus", "configmapReload", "prometheus", "resources"],
    ],
    pullSecrets: ["prometheus", "imagePullSecrets"],
  },
  { ...ofPrometheus("alertmanager", "alertmanager"), withoutPriority: true },
  { ...ofPrometheus("kube-state-metrics", "kube-state-metrics"), labels: "customLabels" },
  {
    ...ofPrometheus("node-exporter", "prometheus-node-exporter"),
    // The chart tolerates every taint, which would include virtual nodes and nodes dedicated to others.
    tolerations: controlPlane,
  },
  ofPrometheus("pushgateway", "prometheus-pushgateway"),
  {
    part: "grafana",
    at: ["grafana"],
    resources: [
      ["grafana", "resources"],
      ["grafana", "sidecar", "resources"],
      ["grafana", "initChownData", "resources"],
    ],
    pullSecrets: ["grafana", "image", "pullSecrets"],
    pullSecretsAreNames: true,
  },
];

const collector = (chart: string): ChartPart => ({
  part: "promtail",
  at: [chart],
  resources: [[chart, "resources"]],
  pullSecrets: [chart, "imagePullSecrets"],
  tolerations: controlPlane,
});

const chartParts: Readonly<Record<Versions, readonly ChartPart[]>> = {
  chart: [
    ...sharedParts,
    {
      part: "loki",
      at: ["loki"],
      resources: [["loki", "resources"]],
      pullSecrets: ["loki", "image", "pullSecrets"],
      pullSecretsAreNames: true,
    },
    collector("promtail"),
  ],
  maintained: [
    ...sharedParts,
    {
      part: "loki",
      at: ["loki", "singleBinary"],
      resources: [["loki", "singleBinary", "resources"]],
      pullSecrets: ["loki", "imagePullSecrets"],
    },
    collector("opentelemetry-collector"),
  ],
};

/** Sets the pod options in each subchart. */
export function withPods(values: Values, options: MonitoringOptions): Values {
  const result = structuredClone(values);
  const secret = pullSecretName(options);
  for (const chartPart of chartParts[options.versions]) {
    const map = mapAt(result, chartPart.at);
    const { labels = "podLabels", tolerations: own = [] } = chartPart;
    // The stack's own annotations take precedence.
    map.podAnnotations = { ...options.annotations, ...(map.podAnnotations as object | undefined) };
    map[labels] = { ...options.labels, ...(map[labels] as object | undefined) };
    map.nodeSelector = nodeSelector(options);
    const tolerations = [...own, ...options.tolerations];
    if (tolerations.length > 0) map.tolerations = tolerations;
    if (options.priorityClass && !chartPart.withoutPriority) map.priorityClassName = options.priorityClass;
    const resources = options.resources[chartPart.part];
    for (const path of chartPart.resources) Object.assign(mapAt(result, path), resources);
    if (secret !== undefined) {
      const [key = "", ...parents] = chartPart.pullSecrets.toReversed();
      mapAt(result, parents.toReversed())[key] = [chartPart.pullSecretsAreNames ? secret : { name: secret }];
    }
  }
  return result;
}

/** Container settings that Pod Security `restricted` requires. */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
} as const;

/** Pod settings that Pod Security `restricted` requires; the charts set users and groups. */
export const restrictedPod = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } as const;
