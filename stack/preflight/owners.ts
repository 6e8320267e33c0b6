// What has the stack's names already, and belongs to another one.
import type { V1Namespace, V1ObjectMeta, V1Service } from "@kubernetes/client-node";
import type { Problem } from "../errors.ts";
import type { Plan } from "../plan.ts";
import { names as namesOf, type PortKey } from "../settings/names.ts";

/** A namespace that was there before is someone's: it is neither taken over nor, later, deleted. */
export function foreignNamespaces(
  namespaces: readonly V1Namespace[],
  { names }: Pick<Plan, "names">,
): Problem[] {
  return [names.serverNamespace, names.monitoringNamespace].flatMap((name) => {
    const found = namespaces.find((one) => one.metadata?.name === name);
    if (!found) return [];
    const labels = found.metadata?.labels ?? {};
    const own =
      labels["app.kubernetes.io/part-of"] === "latency-lab" &&
      labels["app.kubernetes.io/instance"] === names.instance;
    if (own) return []; // If it is being deleted, `up` waits for its end.
    if (found.metadata?.deletionTimestamp) return beingDeleted(name, found);
    return {
      what: `the namespace ${name} exists already, and is not this stack's`,
      why: "latency-lab makes its namespaces and deletes them with the stack; it does not take over others",
      fix: otherName(names.instance),
    };
  });
}

/** Nothing can be made in it until it is gone; its conditions say what it waits for. */
export function beingDeleted(name: string, { status }: V1Namespace): Problem {
  const reasons = (status?.conditions ?? [])
    .filter((one) => one.status === "True" && one.message)
    .map(({ message }) => message);
  return {
    what: `the namespace ${name} is being deleted`,
    why: reasons.join("; ") || "what is in it is removed first",
    fix: `kubectl get namespace ${name}   (npm run up once it is gone; kubectl describe says what it waits for)`,
  };
}

/** What the chart makes outside of its namespace, named after the release. */
function clusterRoles(release: string): string[] {
  return [
    `${release}-grafana-clusterrole`,
    ...["kube-state-metrics", "prometheus-server", "promtail"].map((part) => `${release}-${part}`),
  ];
}

function clusterRoleBindings(release: string): string[] {
  return clusterRoles(release).map((name) => name.replace(/clusterrole$/, "clusterrolebinding"));
}

interface Named {
  readonly metadata?: V1ObjectMeta;
}

/** Helm takes over nothing of another release; it would find out when half of the stack is made. */
export function foreignClusterRoles(
  roles: readonly Named[],
  bindings: readonly Named[],
  { names }: Pick<Plan, "names">,
): Problem[] {
  const { release, instance, monitoringNamespace } = names;
  const isForeign = ({ metadata }: Named) => {
    const { "meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": namespace } =
      metadata?.annotations ?? {};
    return name !== release || namespace !== monitoringNamespace;
  };
  const wanted = [
    ...roles.filter(({ metadata }) => clusterRoles(release).includes(metadata?.name ?? "")),
    ...bindings.filter(({ metadata }) => clusterRoleBindings(release).includes(metadata?.name ?? "")),
  ];
  const [foreign] = wanted.filter(isForeign);
  if (foreign === undefined) return [];
  const { "meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": namespace } =
    foreign.metadata?.annotations ?? {};
  const owner =
    name === undefined ? "no release of Helm" : `the release ${name} in the namespace ${namespace}`;
  return [
    {
      what: `the cluster role ${foreign.metadata?.name} exists already, and is not this stack's`,
      why: `it belongs to ${owner}; the release ${release} of this stack would have one of the same name`,
      fix: otherName(instance),
    },
  ];
}

function otherName(instance: string): string {
  return `npm run up -- --config name=${namesOf({ name: `${instance}-2` }, "").instance}`;
}

/** NodePorts that services of others have, whichever of a service's ports it is. */
export function takenNodePorts(
  services: readonly V1Service[],
  { names, ports }: Pick<Plan, "names" | "ports">,
): Problem[] {
  const own = [names.serverNamespace, names.monitoringNamespace];
  const taken = new Map<number, string>();
  for (const { metadata, spec } of services) {
    if (own.includes(metadata?.namespace ?? "")) continue;
    const owner = `${metadata?.namespace}/${metadata?.name}`;
    for (const { nodePort, protocol = "TCP" } of spec?.ports ?? []) {
      if (nodePort && protocol === "TCP") taken.set(nodePort, owner);
    }
    if (spec?.healthCheckNodePort) taken.set(spec.healthCheckNodePort, owner);
  }
  const keys = (Object.keys(ports) as PortKey[]).filter((key) => key.endsWith("NodePort"));
  const unavailable = new Set([...taken.keys(), ...keys.map((key) => ports[key])]);
  return keys.flatMap((key) => {
    const owner = taken.get(ports[key]);
    if (owner === undefined) return [];
    return {
      what: `${key} = ${ports[key]} is taken in the cluster`,
      why: `the service ${owner} has it`,
      fix: `npm run up -- --config ${key}=${freeNear(ports[key], unavailable)}`,
    };
  });
}

/** The next free one above, or below where the range ends. */
function freeNear(port: number, taken: ReadonlySet<number>): number {
  for (let next = port + 1; next <= 32767; next++) if (!taken.has(next)) return next;
  let next = port - 1;
  while (taken.has(next)) next -= 1;
  return next;
}
