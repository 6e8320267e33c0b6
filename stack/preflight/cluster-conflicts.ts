// Finds objects of others that have the stack's names or ports.
import * as k8s from "@kubernetes/client-node";
import { failOn, type Problem, UserError } from "../errors.ts";
import { distributions } from "../monitoring/versions.ts";
import { freePort, names as namesOf, type Plan, usedPorts } from "../plan.ts";

/** Namespaces with the stack's names that the stack did not create. They are never adopted, or deleted later. */
export function foreignNamespaces(
  namespaces: readonly k8s.V1Namespace[],
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
export function beingDeleted(name: string, { status }: k8s.V1Namespace): Problem {
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
export async function checkClusterRoles(config: k8s.KubeConfig, { names }: Plan): Promise<void> {
  const { release, instance, monitoringNamespace } = names;
  const rbac = config.makeApiClient(k8s.RbacAuthorizationV1Api);
  const [roles, bindings] = await Promise.all([rbac.listClusterRole(), rbac.listClusterRoleBinding()]);
  // The chart names them after its release.
  const collectors = Object.values(distributions).map(({ collector }) => collector);
  const ofChart = new RegExp(
    `^-(grafana-clusterrole(binding)?|kube-state-metrics|prometheus-server|${collectors.join("|")})$`,
  );
  for (const { metadata } of [...roles.items, ...bindings.items]) {
    const { name = "", annotations = {} } = metadata ?? {};
    if (!name.startsWith(release) || !ofChart.test(name.slice(release.length))) continue;
    const owner = annotations["meta.helm.sh/release-name"];
    const namespace = annotations["meta.helm.sh/release-namespace"];
    if (owner === release && namespace === monitoringNamespace) continue;
    const belongs = owner ? `the release ${owner} in the namespace ${namespace}` : "no Helm release";
    throw new UserError({
      what: `the cluster role ${name} already exists and does not belong to this stack`,
      why: `it belongs to ${belongs}; this stack's release ${release} needs the same name`,
      fix: otherName(instance),
    });
  }
}

function otherName(instance: string): string {
  return `npm run up -- --config name=${namesOf({ name: `${instance}-2` }, "").instance}`;
}

/** The stack's NodePorts must not be in use by other services. */
export async function checkNodePorts(config: k8s.KubeConfig, { names, ports }: Plan): Promise<void> {
  const { items } = await config.makeApiClient(k8s.CoreV1Api).listServiceForAllNamespaces();
  const own = [names.serverNamespace, names.monitoringNamespace];
  const taken = new Map<number | undefined, string>();
  for (const { metadata, spec } of items) {
    if (own.includes(metadata?.namespace ?? "")) continue;
    const tcp = (spec?.ports ?? []).filter(({ protocol = "TCP" }) => protocol === "TCP");
    for (const port of [...tcp.map(({ nodePort }) => nodePort), spec?.healthCheckNodePort])
      taken.set(port, `${metadata?.namespace}/${metadata?.name}`);
  }
  const keys = usedPorts({ cluster: "existing" });
  const unavailable = new Set([...taken.keys(), ...keys.map((key) => ports[key])]);
  failOn(
    keys
      .filter((key) => taken.has(ports[key]))
      .map((key) => ({
        what: `${key} = ${ports[key]} is in use in the cluster`,
        why: `the service ${taken.get(ports[key])} uses it`,
        fix: `npm run up -- --config ${key}=${freePort(ports[key], unavailable)}`,
      })),
  );
}
