import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { ServerSettings } from "../service/src/settings.ts";
import type { Settings } from "./settings/schema.ts";

/** The checked configuration of a stack. */
export interface Configuration {
  readonly settings: Settings;
  /** The server's settings, as the server will read them. */
  readonly server: ServerSettings;
  /** Environment variables for the server's settings that differ from their defaults. */
  readonly environment: Readonly<Record<string, string>>;
  /** The same for the load generator. */
  readonly loadEnvironment: Readonly<Record<string, string>>;
}

/** The configuration, and what is derived from it and from the stack's name. */
export interface Plan extends Configuration {
  /** Name of the stack, without organization and project. */
  readonly stack: string;
  readonly names: Names;
  readonly ports: Ports;
  /** The project's folder. Relative paths in settings start there. */
  readonly root: string;
}

export function makePlan(configuration: Configuration, stack: string, root: string): Plan {
  const { settings } = configuration;
  return { ...configuration, stack, names: names(settings, stack), ports: ports(settings, stack), root };
}

/** A path of the settings: relative to the project's folder, or to the home with `~/`. */
export function settingPath(setting: string, root: string): string {
  return setting.startsWith("~/") ? join(homedir(), setting.slice(2)) : resolve(root, setting);
}

/** Names of the stack's objects, all derived from one name. */
export interface Names {
  /** Name of objects outside the cluster, and value of `app.kubernetes.io/instance`. */
  readonly instance: string;
  /** Namespace of the delayed server. */
  readonly serverNamespace: string;
  /** Namespace of the monitoring. */
  readonly monitoringNamespace: string;
  /** The Helm release. Its cluster roles are named after it, so stacks in one cluster need different names. */
  readonly release: string;
}

/** Every stack except `dev` adds its name, so that stacks do not collide. */
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
 * Stack names can contain capitals, dots and underscores, and can be longer than Kubernetes names.
 * A changed name gets a hash of the whole name, so that `a.b` and `a-b`, or two long names, differ.
 */
function kubernetesName(stack: string): string {
  const trimmed = (text: string) => text.replace(/^-+|-+$/g, "");
  const plain = trimmed(stack.toLowerCase().replace(/[^a-z0-9-]+/g, "-"));
  if (plain === stack && plain.length <= 27) return plain;
  const suffix = hash(stack).toString(36);
  return plain === "" ? suffix : `${trimmed(plain.slice(0, 20))}-${suffix}`;
}

/** FNV-1a, 32 bits: distributes short names well and is stable between versions. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  }
  return value;
}

/** The port of each service on the stack `dev`; other stacks add an offset. */
const base = {
  apiPort: 6550,
  registryPort: 5050,
  serverNodePort: 31904,
  grafanaNodePort: 30300,
  prometheusNodePort: 30900,
} as const;

export type PortKey = keyof typeof base;
export type Ports = Readonly<Record<PortKey, number>>;

/** Number of ports reserved after each base: 31904–32103, 30300–30499, … */
const span = 199;

/**
 * The ports of a stack: as set, or derived from the stack's name, so that stacks on one machine or
 * in one cluster rarely collide. If they do, the preflight checks name the setting.
 */
export function ports(settings: { readonly [K in PortKey]?: number | undefined }, stack: string): Ports {
  const offset = stack === "dev" ? 0 : 1 + (hash(stack) % span);
  const entries = Object.entries(base).map(([key, port]) => [key, settings[key as PortKey] ?? port + offset]);
  return Object.fromEntries(entries) as Ports;
}

/** The ports that a stack uses: only a local cluster publishes an API and a registry. */
export function usedPorts({ cluster }: Pick<Settings, "cluster">): PortKey[] {
  const nodePorts = ["serverNodePort", "grafanaNodePort", "prometheusNodePort"] as const;
  return cluster === "local" ? ["apiPort", "registryPort", ...nodePorts] : [...nodePorts];
}

/** The next port that is not taken; searches downwards at the end of the NodePort range. */
export function freePort(port: number, taken: ReadonlySet<number | undefined>): number {
  const step = port > 32_700 && port <= 32_767 ? -1 : 1;
  let next = port + step;
  while (taken.has(next)) next += step;
  return next;
}

/** The user's machine as containers and pods name it; the same name as in Docker Desktop. */
export const hostName = "host.docker.internal";

/**
 * Recommended labels (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/)
 * of all objects that the stack creates in the cluster.
 */
export function recommendedLabels(instance: string, component: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": component,
    "app.kubernetes.io/instance": instance,
    "app.kubernetes.io/part-of": "latency-lab",
    "app.kubernetes.io/managed-by": "pulumi",
  };
}

/** Checks whether the cluster admits the stack's pods in a namespace. Throws its objections. */
export type Admission = (namespace: string) => Promise<void>;

export interface NamespaceArgs {
  readonly instance: string;
  /** The level that the namespace enforces (https://kubernetes.io/docs/concepts/security/pod-security-standards/). */
  readonly podSecurity: "restricted" | "privileged";
  /** A Pod Security level in these labels overrides `podSecurity`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Metadata of one of the stack's namespaces. Checks recognise the namespace by these labels. */
export function namespaceMetadata({
  name,
  instance,
  podSecurity,
  labels,
  annotations,
}: NamespaceArgs & { name: string }) {
  return {
    name,
    labels: {
      "pod-security.kubernetes.io/enforce": podSecurity,
      ...labels,
      ...recommendedLabels(instance, "latency-lab"),
    },
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
}

/** Labels that identify the stack's own containers, so that cleanup after a killed run touches nothing else. */
export const containerLabels = {
  partOf: "app.kubernetes.io/part-of",
  instance: "app.kubernetes.io/instance",
  project: "latency-lab/project",
} as const;

/** The volume of the setting `keepImages`. */
export function imagesVolume(name: string): string {
  return `${name}-images`;
}
