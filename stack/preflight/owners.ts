// Finds objects of others that have the stack's names or ports.
import {
  CoreV1Api,
  type KubeConfig,
  RbacAuthorizationV1Api,
  type V1Namespace,
} from "@kubernetes/client-node";
import type { Problem } from "../errors.ts";
import { distributions } from "../monitoring/versions.ts";
import type { Plan } from "../plan.ts";
import { freePort, names as namesOf, usedPorts } from "../plan.ts";

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

/** Cluster roles of other releases. Helm refuses to adopt them, but only after half of the stack is created. */
export async function foreignClusterRoles(config: KubeConfig, { names }: Plan): Promise<Problem[]> {
  const { release, instance, monitoringNamespace } = names;
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  const lists = await Promise.all([rbac.listClusterRole(), rbac.listClusterRoleBinding()]);
  // The chart names them after its release.
  const collectors = Object.values(distributions).map(({ collector }) => collector);
  const ofChart = new RegExp(
    `^-(grafana-clusterrole(binding)?|kube-state-metrics|prometheus-server|${collectors.join("|")})$`,
  );
  for (const { metadata } of lists.flatMap<{ metadata?: V1Namespace["metadata"] }>(({ items }) => items)) {
    const { name = "", annotations = {} } = metadata ?? {};
    if (!name.startsWith(release) || !ofChart.test(name.slice(release.length))) continue;
    const owner = annotations["meta.helm.sh/release-name"];
    const namespace = annotations["meta.helm.sh/release-namespace"];
    if (owner === release && namespace === monitoringNamespace) continue;
    return [
      {
        what: `the cluster role ${name} already exists and does not belong to this stack`,
        why: `it belongs to ${owner === undefined ? "no Helm release" : `the release ${owner} in the namespace ${namespace}`}; this stack's release ${release} needs the same name`,
        fix: otherName(instance),
      },
    ];
  }
  return [];
}

function otherName(instance: string): string {
  return `npm run up -- --config name=${namesOf({ name: `${instance}-2` }, "").instance}`;
}

/** The stack's NodePorts that other services use. */
export async function takenNodePorts(config: KubeConfig, { names, ports }: Plan): Promise<Problem[]> {
  const { items } = await config.makeApiClient(CoreV1Api).listServiceForAllNamespaces();
  const taken = new Map<number, string>();
  for (const { metadata, spec } of items) {
    const { namespace = "", name } = metadata ?? {};
    if (namespace === names.serverNamespace || namespace === names.monitoringNamespace) continue;
    const tcp = (spec?.ports ?? []).filter(({ protocol = "TCP" }) => protocol === "TCP");
    for (const port of [...tcp.map(({ nodePort }) => nodePort), spec?.healthCheckNodePort]) {
      if (port) taken.set(port, `${namespace}/${name}`);
    }
  }
  const keys = usedPorts({ cluster: "existing" });
  const unavailable = new Set([...taken.keys(), ...keys.map((key) => ports[key])]);
  return keys.flatMap((key) => {
    const owner = taken.get(ports[key]);
    if (owner === undefined) return [];
    return {
      what: `${key} = ${ports[key]} is in use in the cluster`,
      why: `the service ${owner} uses it`,
      fix: `npm run up -- --config ${key}=${freePort(ports[key], unavailable)}`,
    };
  });
}
