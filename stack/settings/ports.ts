import { hash } from "./hash.ts";
import type { Settings } from "./schema.ts";

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
