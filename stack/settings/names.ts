import type { Settings } from "./schema.ts";

/** What everything is called, all of it derived from one name. */
export interface Names {
  /** Of the stack's things outside the cluster, and its value of `app.kubernetes.io/instance`. */
  readonly instance: string;
  /** Namespace of the delayed server: Pod Security `restricted`. */
  readonly serverNamespace: string;
  /** Namespace of the release: node-exporter and Promtail need the node's paths, so it can't be `restricted`. */
  readonly monitoringNamespace: string;
  /** The Helm release. Its cluster roles are named after it, so two stacks in a cluster need two names. */
  readonly release: string;
}

/** Every stack but `dev` adds its name, so that stacks side by side don't meet. */
export function names(settings: Pick<Settings, "name">, stack: string): Names {
  const derived = stack === "dev" ? "latency-lab" : `latency-lab-${kubernetesName(stack)}`;
  const instance = settings.name ?? derived;
  const suffix = instance.replace(/^latency-lab-?/, "");
  return {
    instance,
    serverNamespace: instance,
    monitoringNamespace: `${instance}-monitoring`,
    release: suffix === "" ? "loki" : `loki-${suffix}`,
  };
}

/**
 * Stack names may hold capitals, dots and underscores, and be longer than Kubernetes'
 * names may. What had to be changed gets a mark of the whole name, so that `a.b` and
 * `a-b`, or two long names, stay two stacks.
 */
function kubernetesName(stack: string): string {
  const trimmed = (text: string) => text.replace(/^-+|-+$/g, "");
  const plain = trimmed(stack.toLowerCase().replace(/[^a-z0-9-]+/g, "-"));
  if (plain === stack && plain.length <= 27) return plain;
  const mark = hash(stack).toString(36);
  return plain === "" ? mark : `${trimmed(plain.slice(0, 20))}-${mark}`;
}

/** FNV-1a, 32 bits: spreads short names well and never changes between versions. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  }
  return value;
}

/** The port of each service on the stack `dev`; other stacks count up from it. */
const base = {
  apiPort: 6550,
  registryPort: 5050,
  serverNodePort: 31904,
  grafanaNodePort: 30300,
  prometheusNodePort: 30900,
} as const;

export type PortKey = keyof typeof base;
export type Ports = Readonly<Record<PortKey, number>>;

/** How many ports lie free behind each of the bases: 31904–32103, 30300–30499, … */
const span = 199;

/**
 * The ports of a stack: as set, or derived from the stack's name, so that two
 * stacks on one machine or in one cluster rarely meet. Where they do, the check
 * for taken ports says so and names the setting.
 */
export function ports(settings: { readonly [K in PortKey]?: number | undefined }, stack: string): Ports {
  const offset = stack === "dev" ? 0 : 1 + (hash(stack) % span);
  const entries = Object.entries(base).map(([key, port]) => [key, settings[key as PortKey] ?? port + offset]);
  return Object.fromEntries(entries) as Ports;
}

/** Which of the ports a stack uses: a local cluster has an API and a registry of its own. */
export function usedPorts({ cluster }: Pick<Settings, "cluster">): PortKey[] {
  const nodePorts = ["serverNodePort", "grafanaNodePort", "prometheusNodePort"] as const;
  return cluster === "local" ? ["apiPort", "registryPort", ...nodePorts] : [...nodePorts];
}
