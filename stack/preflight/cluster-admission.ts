import * as k8s from "@kubernetes/client-node";
import { answerOf, webhookFix } from "../cluster/refusal.ts";
import { failOn, type Problem } from "../errors.ts";
import { collectorVolumes } from "../monitoring/values-collector.ts";
import { type Admission, namespaceMetadata, type Plan } from "../plan.ts";
import { nodeSelector, restrictedContainer, restrictedPod, serverResources } from "../server/pod.ts";
import type { Part } from "../settings/patterns.ts";

/**
 * Asks the cluster by dry run whether its policies and webhooks admit an object. Returns the
 * refusal; undefined if there is none, if a webhook does not support dry runs, or if only
 * controllers may create pods.
 */
async function refusal(config: k8s.KubeConfig, object: k8s.KubernetesObject): Promise<string | undefined> {
  try {
    await k8s.KubernetesObjectApi.makeApiClient(config).create(object, undefined, "All");
    return undefined;
  } catch (error) {
    if (!(error instanceof k8s.ApiException)) throw error;
    if (error.code === 409) return undefined; // It exists already.
    const message = answerOf(error);
    return /does not support dry run|User ".*" cannot create resource "pods"/.test(message)
      ? undefined
      : message;
  }
}

/** Reports which of the stack's missing namespaces the cluster would refuse. */
export async function refusedNamespaces(
  config: k8s.KubeConfig,
  { names, settings }: Plan,
  existing: readonly k8s.KubernetesObject[],
): Promise<Problem[]> {
  const own = [
    { name: names.serverNamespace, podSecurity: "restricted" },
    { name: names.monitoringNamespace, podSecurity: settings.nodeAccess ? "privileged" : "restricted" },
  ] as const;
  const missing = own.filter(({ name }) => !existing.some(({ metadata }) => metadata?.name === name));
  const problems = missing.map(async (one): Promise<Problem[]> => {
    const metadata = namespaceMetadata({ ...settings, ...one, instance: names.instance });
    const why = await refusal(config, { apiVersion: "v1", kind: "Namespace", metadata });
    if (why === undefined) return [];
    return [
      {
        what: `the cluster refuses the namespace ${one.name}`,
        why,
        fix:
          webhookFix(why) ??
          "npm run up -- --config labels=KEY=VALUE   (or annotations=KEY=VALUE, as the policy requires)",
      },
    ];
  });
  return (await Promise.all(problems)).flat();
}

/**
 * Dry-runs pods in a namespace that was just created: policies select by namespace, so an earlier
 * check is not possible.
 */
export function admissionOf(config: k8s.KubeConfig, plan: Plan, existing: readonly string[]): Admission {
  return async (namespace) => {
    // Pods that already run would count twice in a quota.
    if (existing.includes(namespace)) return;
    await defaultAccount(config, namespace);
    failOn(await refusedPods(config, plan, namespace));
  };
}

/** The pods that a quota of an existing namespace refuses because they lack requests or limits. */
export async function podsWithoutRequests(
  config: k8s.KubeConfig,
  quotas: readonly k8s.V1ResourceQuota[],
  plan: Plan,
): Promise<Problem[]> {
  const demands = quotas.filter(({ spec }) =>
    Object.keys(spec?.hard ?? {}).some((key) => /^((requests|limits)\.)?(cpu|memory)$/.test(key)),
  );
  const namespaces = [...new Set(demands.map(({ metadata }) => metadata?.namespace ?? ""))];
  const refused = await Promise.all(namespaces.map((one) => refusedPods(config, plan, one)));
  // Pods that already run would count twice, so that other refusals can be wrong.
  return refused.flat().filter(({ why }) => /\bmust specify\b/.test(why));
}

/** Tries one part of each kind that policies distinguish: the server, a pod of the chart, one that reads nodes' files. */
async function refusedPods(
  config: k8s.KubeConfig,
  { names, settings }: Plan,
  namespace: string,
): Promise<Problem[]> {
  const ofMonitoring: Part[] = settings.nodeAccess ? ["grafana", "promtail"] : ["grafana"];
  const parts: Part[] = namespace === names.serverNamespace ? ["server"] : ofMonitoring;
  return (await Promise.all(parts.map((part) => refusedPod(config, settings, namespace, part)))).flat();
}

/** If a pod is refused, tries the settings that may satisfy the policy; the first that does is the fix. */
async function refusedPod(
  config: k8s.KubeConfig,
  settings: Plan["settings"],
  namespace: string,
  part: Part,
): Promise<Problem[]> {
  const { labels, annotations, tolerations, priorityClass, registry } = settings;
  const image = `${registry ? `${registry}/` : ""}latency-lab/delayed-server`;
  const securityContext = { ...restrictedContainer, readOnlyRootFilesystem: true };
  const refused = (volumes: object[], resources: object) =>
    refusal(config, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: `${part}-dry-run`, namespace, labels, annotations },
      spec: {
        nodeSelector: nodeSelector(settings),
        tolerations,
        ...(priorityClass ? { priorityClassName: priorityClass } : {}),
        automountServiceAccountToken: false,
        volumes,
        securityContext: volumes.length > 0 ? {} : { ...restrictedPod, runAsUser: 65532 },
        containers: [{ name: part, image, resources, securityContext }],
      },
    } as k8s.KubernetesObject);
  const volumes = part === "promtail" ? collectorVolumes(false) : [];
  const resources = settings.resources[part] ?? (part === "server" ? serverResources : {});
  const why = await refused(volumes, resources);
  if (why === undefined) return [];
  const enough = { cpu: "50m", memory: "128Mi" };
  const fix =
    volumes.length > 0 && (await refused([], resources)) === undefined
      ? "nodeAccess=false"
      : (await refused(volumes, { requests: enough, limits: enough })) === undefined
        ? "resources='*=50m/128Mi-1/1Gi'"
        : "labels=KEY=VALUE   (or annotations, resources, priorityClass, as the policy requires)";
  return [
    {
      what: `the cluster refuses the pods of ${part} in the namespace ${namespace}`,
      why,
      fix: webhookFix(why) ?? `npm run up -- --config ${fix}`,
    },
  ];
}

/** Waits for the service account: pods are refused without it, and the cluster creates it asynchronously. */
async function defaultAccount(config: k8s.KubeConfig, namespace: string): Promise<void> {
  const api = config.makeApiClient(k8s.CoreV1Api);
  for (let tries = 0; tries < 50; tries++) {
    try {
      await api.readNamespacedServiceAccount({ name: "default", namespace });
      return;
    } catch (error) {
      if (!(error instanceof k8s.ApiException) || error.code !== 404) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
