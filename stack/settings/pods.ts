// Optional settings of pods and namespaces, which only some clusters need.
import { flag } from "../../service/src/setting-kinds.ts";
import { listed, mapping, pairs, unsetText } from "./patterns.ts";

/** An entry of a pod's `tolerations`. */
export interface Toleration {
  readonly key?: string;
  readonly operator: "Exists" | "Equal";
  readonly value?: string;
  readonly effect?: string;
}

/** The parts of the stack for which `resources` can set requests and limits. */
export const parts = [
  "server",
  "load",
  "prometheus",
  "alertmanager",
  "pushgateway",
  "kube-state-metrics",
  "node-exporter",
  "loki",
  "promtail",
  "grafana",
] as const;

export type Part = (typeof parts)[number];

/** A container's `resources`. */
export interface Resources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits?: { readonly cpu: string; readonly memory: string };
}

const labelName = "[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?";
const dnsName = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*";
const labelKey = `(?:${dnsName}/)?${labelName}`;

/** Excludes labels by which Services and Deployments select their pods. */
const selecting = "(?!app\\.kubernetes\\.io/|helm\\.sh/|(?:app|component|release|name|chart|heritage)$)";

/** Excludes annotations that the stack itself sets. */
const reserved = "(?!prometheus\\.io/|latency-lab/|pulumi\\.com/)";

const labelValue = new RegExp(`^(?:${labelName})?$`);
const objectName = `${dnsName.replaceAll("61", "251")}`;

function toleration(item: string): Toleration | undefined {
  const [, key, value, effect] =
    new RegExp(`^(\\*|${labelKey})(?:=(${labelName})?)?(?::(NoSchedule|PreferNoSchedule|NoExecute))?$`).exec(
      item,
    ) ?? [];
  if (key === undefined || (key === "*" && item.includes("="))) return undefined;
  return {
    ...(key === "*" ? {} : { key }),
    ...(value === undefined ? { operator: "Exists" } : { operator: "Equal", value }),
    ...(effect === undefined ? {} : { effect }),
  };
}

const quantity = "\\d{1,9}(?:\\.\\d{1,3})?(?:m|[kMGT]i?)?";

/** `100m/256Mi`, or with limits `100m/256Mi-1/1Gi`. */
const cpuAndMemory = new RegExp(`^(${quantity})/(${quantity})(?:-(${quantity})/(${quantity}))?$`);

function amounts(item: string): Resources {
  const [, cpu = "", memory = "", maxCpu, maxMemory] = cpuAndMemory.exec(item) ?? [];
  const limits = maxCpu && maxMemory ? { limits: { cpu: maxCpu, memory: maxMemory } } : {};
  return { requests: { cpu, memory }, ...limits };
}

export const podSettings = {
  labels: mapping({
    key: new RegExp(`^${selecting}${labelKey}$`),
    value: labelValue,
    allowed:
      "KEY=VALUE separated by commas, valid Kubernetes labels, except those that select pods, such as app.kubernetes.io/name",
    description:
      "Labels for both namespaces and every pod. A Pod Security label overrides the default level of the namespaces.",
    example: "team=payments",
  }),
  annotations: mapping({
    key: new RegExp(`^${reserved}${labelKey}$`),
    value: /^[^\p{Cc}\p{Cs}\u2028\u2029{}]{0,500}$/u,
    allowed: "KEY=VALUE separated by commas, valid Kubernetes annotations, without braces",
    description: "Annotations for both namespaces and every pod.",
    example: "linkerd.io/inject=disabled",
  }),
  tolerations: listed<readonly Toleration[]>(
    {
      type: "list",
      allowed:
        "taints in the form of `kubectl taint`, KEY[=VALUE][:EFFECT], separated by commas, or `*` for any taint",
      description: "Taints of nodes that the pods tolerate.",
      example: "dedicated=lab:NoSchedule",
    },
    (items) => {
      const found = items.map(toleration);
      return found.every((one) => one !== undefined) ? found : undefined;
    },
  ),
  nodeSelector: mapping({
    key: new RegExp(`^${labelKey}$`),
    value: labelValue,
    allowed: "KEY=VALUE separated by commas, valid Kubernetes labels",
    description: "Labels of the nodes that the pods run on, in addition to `kubernetes.io/os=linux`.",
    example: "pool=lab",
  }),
  priorityClass: unsetText({
    example: "low",
    description:
      "PriorityClass of the pods, except Alertmanager's, whose chart does not support it. Unset: the cluster's default.",
    pattern: new RegExp(`^${objectName}$`),
    allowed: "the name of a PriorityClass",
  }),
  resources: listed<Readonly<Partial<Record<Part, Resources>>>>(
    {
      type: "map",
      allowed: `PART=CPU/MEMORY, or PART=CPU/MEMORY-CPU/MEMORY with limits, separated by commas; a part is \`*\` (every part) or one of ${parts.join(", ")}`,
      description:
        "Requests and limits of the containers of a part, for clusters whose quotas or policies require them. `promtail` is also the OpenTelemetry Collector of `versions=maintained`. Unset: the server and the load have requests, the chart's parts have none.",
      example: "*=50m/128Mi-1/1Gi",
    },
    (items) => {
      const found = pairs(items, new RegExp(`^(\\*|${parts.join("|")})$`), cpuAndMemory);
      const named = found?.flatMap(([part, text]) =>
        (part === "*" ? parts : [part]).map((one) => [one, amounts(text)] as const),
      );
      return named && Object.fromEntries(named);
    },
  ),
  storageClass: unsetText({
    example: "standard",
    description: "StorageClass of the volumes when `persistence=true`. Unset: the cluster's default.",
    pattern: new RegExp(`^${objectName}$`),
    allowed: "the name of a StorageClass",
  }),
  imagePullSecret: unsetText({
    example: "default/registry",
    description:
      "Secret for pulling images. NAMESPACE/NAME is copied into both namespaces; use NAME alone if the cluster itself creates the Secret in every namespace.",
    pattern: new RegExp(`^(?:${dnsName}/)?${objectName}$`),
    allowed: "NAME, or NAMESPACE/NAME",
  }),
  nodeAccess: flag({
    default: "true",
    description:
      "Run the collector of logs and node-exporter, which read the nodes' files. Use `false` if the cluster denies that: Loki then has no logs, there are no node metrics, and both namespaces have the Pod Security level `restricted`.",
  }),
};
