// Where the chart's values have what every pod of the stack carries: each of its charts has keys of its own.
import { nodeSelector, pullSecretName } from "../cluster/pods.ts";
import type { Part } from "../settings/pods.ts";
import { mapAt } from "./images.ts";
import type { MonitoringOptions } from "./options.ts";

type Values = Record<string, unknown>;

/** A part of the release. */
interface ChartPart {
  readonly part: Part;
  /** Path of the part's map in the values. */
  readonly at: readonly string[];
  /** Paths of `resources` in the values, one for each container. */
  readonly resources: readonly (readonly string[])[];
  /** Path of the list of pull secrets from the root, and whether it holds names only. */
  readonly pullSecrets: readonly string[];
  readonly pullSecretsAreNames?: true;
  /** Tolerations beside those of the settings. @default none */
  readonly tolerations?: readonly object[];
  /** Key of the pods' labels. @default podLabels */
  readonly labels?: string;
  /** Whether the chart has no key for a PriorityClass. */
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

const chartParts: readonly ChartPart[] = [
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
    // Not every taint, as in the chart: that would take virtual nodes and those dedicated to others.
    tolerations: controlPlane,
  },
  ofPrometheus("pushgateway", "prometheus-pushgateway"),
  {
    part: "loki",
    at: ["loki"],
    resources: [["loki", "resources"]],
    pullSecrets: ["loki", "image", "pullSecrets"],
    pullSecretsAreNames: true,
  },
  {
    part: "promtail",
    at: ["promtail"],
    resources: [["promtail", "resources"]],
    pullSecrets: ["promtail", "imagePullSecrets"],
    tolerations: controlPlane,
  },
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

/** The values with what every pod carries, in each of the charts. */
export function withPods(values: Values, options: MonitoringOptions): Values {
  const result = structuredClone(values);
  const secret = pullSecretName(options);
  for (const chartPart of chartParts) {
    const map = mapAt(result, chartPart.at);
    const { labels = "podLabels", tolerations: own = [] } = chartPart;
    // What the stack itself annotates wins.
    map.podAnnotations = { ...options.annotations, ...(map.podAnnotations as object | undefined) };
    map[labels] = { ...options.labels };
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

/** As Pod Security `restricted` asks of a container. */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
} as const;

/** The same of a pod; users and groups are the charts'. */
export const restrictedPod = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } as const;
