// Finds objects of others that have the stack's names or ports.
import type { V1Namespace, V1ObjectMeta, V1Service } from "@kubernetes/client-node";
import type { Problem } from "../errors.ts";
import type { Plan } from "../plan.ts";
import { names as namesOf, type PortKey } from "../settings/names.ts";

/** Namespaces with the stack's names that the stack did not create. They are never adopted, or deleted later. */
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
    if (own) return []; // If it is being deleted, `up` waits.
    if (found.metadata?.deletionTimestamp) return beingDeleted(name, found);
    return {
      what: `the namespace ${name} already exists and does not belong to this stack`,
      why: "latency-lab creates its namespaces and deletes them with the stack; it does not use existing ones",
      fix: otherName(names.instance),
    };
  });
}

/** Nothing can be created in the namespace until it is deleted; its conditions say what blocks that. */
export function beingDeleted(name: string, { status }: V1Namespace): Problem {
  const reasons = (status?.conditions ?? [])
    .filter((one) => one.status === "True" && one.message)
    .map(({ message }) => message);
  return {
    what: `the namespace ${name} is being deleted`,
    why: reasons.join("; ") || "the objects in it are deleted first",
    fix: `kubectl get namespace ${name}   (npm run up when it is deleted; kubectl describe shows what blocks it)`,
  };
}

/** The chart's cluster roles, named after the release. */
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

/** Cluster roles of other releases. Helm refuses to adopt them, but only after half of the stack is created. */
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
  const owner = name === undefined ? "no Helm release" : `the release ${name} in the namespace ${namespace}`;
  return [
    {
      what: `the cluster role ${foreign.metadata?.name} already exists and does not belong to this stack`,
      why: `it belongs to ${owner}; this stack's release ${release} needs the same name`,
      fix: otherName(instance),
    },
  ];
}

function otherName(instance: string): string {
  return `npm run up -- --config name=${namesOf({ name: `${instance}-2` }, "").instance}`;
}

/** The stack's NodePorts that other services use. */
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
      what: `${key} = ${ports[key]} is in use in the cluster`,
      why: `the service ${owner} uses it`,
      fix: `npm run up -- --config ${key}=${freeNear(ports[key], unavailable)}`,
    };
  });
}

/** The next free port above, else below. */
function freeNear(port: number, taken: ReadonlySet<number>): number {
  for (let next = port + 1; next <= 32767; next++) if (!taken.has(next)) return next;
  let next = port - 1;
  while (taken.has(next)) next -= 1;
  return next;
}
