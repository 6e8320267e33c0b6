import {
  ApiException,
  CoreV1Api,
  type KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
} from "@kubernetes/client-node";
import { type Admission, namespaceMetadata } from "../cluster/labels.ts";
import { nodeSelector } from "../cluster/pods.ts";
import { type Problem, UserError } from "../errors.ts";
import { promtailVolumes } from "../monitoring/values-loki.ts";
import { restrictedContainer, restrictedPod } from "../monitoring/values-pods.ts";
import type { Plan } from "../plan.ts";
import { serverResources } from "../server/resources.ts";
import type { Part, Resources } from "../settings/pods.ts";
import { messageOf } from "./requirements.ts";

/**
 * Asks the cluster by dry run whether its policies and webhooks admit an object. Returns the
 * refusal; undefined if there is none, if a webhook does not support dry runs, or if only
 * controllers may create pods.
 */
async function refusal(config: KubeConfig, object: KubernetesObject): Promise<string | undefined> {
  try {
    await KubernetesObjectApi.makeApiClient(config).create(object, undefined, "All");
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiException)) throw error;
    if (error.code === 409) return undefined; // It exists already.
    const message = messageOf(error);
    return /does not support dry run|User ".*" cannot create resource "pods"/.test(message)
      ? undefined
      : message;
  }
}

/** The stack's namespaces, as the program creates them. */
function ownNamespaces({ names, settings }: Pick<Plan, "names" | "settings">): KubernetesObject[] {
  const { instance, serverNamespace, monitoringNamespace } = names;
  const { labels, annotations, nodeAccess } = settings;
  const common = { instance, labels, annotations };
  return [
    namespaceMetadata({ ...common, name: serverNamespace, podSecurity: "restricted" }),
    namespaceMetadata({
      ...common,
      name: monitoringNamespace,
      podSecurity: nodeAccess ? "privileged" : "restricted",
    }),
  ].map((metadata) => ({ apiVersion: "v1", kind: "Namespace", metadata }));
}

/** Reports which of the missing namespaces the cluster would refuse. */
export async function refusedNamespaces(
  config: KubeConfig,
  plan: Plan,
  existing: readonly KubernetesObject[],
): Promise<Problem[]> {
  const exists = (name: string | undefined) => existing.some(({ metadata }) => metadata?.name === name);
  const missing = ownNamespaces(plan).filter(({ metadata }) => !exists(metadata?.name));
  const problems = await Promise.all(
    missing.map(async (namespace): Promise<Problem[]> => {
      const why = await refusal(config, namespace);
      if (why === undefined) return [];
      return [
        {
          what: `the cluster refuses the namespace ${namespace.metadata?.name}`,
          why,
          fix: "npm run up -- --config labels=KEY=VALUE   (or annotations=KEY=VALUE, as the policy requires)",
        },
      ];
    }),
  );
  return problems.flat();
}

/**
 * Dry-runs the pods in a namespace that was just created: policies select by namespace, so an
 * earlier check is not possible. For each refused pod, tries the settings that may satisfy the
 * policy; the first that does is the suggested fix.
 */
export function admissionOf(config: KubeConfig, plan: Plan, existing: readonly string[]): Admission {
  return async (namespace) => {
    // Pods that already run would count twice in a quota.
    if (existing.includes(namespace)) return;
    await defaultAccount(config, namespace);
    const problems = await refusedPods(config, plan, namespace);
    if (problems.length > 0) throw new UserError(problems);
  };
}

/** The pods that a quota refuses in an existing namespace because they lack requests or limits. */
export async function podsWithoutRequests(
  config: KubeConfig,
  plan: Plan,
  namespace: string,
): Promise<Problem[]> {
  // Pods that already run would count twice, so that other refusals can be wrong.
  return (await refusedPods(config, plan, namespace)).filter(({ why }) => /\bmust specify\b/.test(why));
}

async function refusedPods(config: KubeConfig, plan: Plan, namespace: string): Promise<Problem[]> {
  const problems = await Promise.all(
    representativePods(plan, namespace).map(async ({ part, pod, withoutNodes }): Promise<Problem[]> => {
      const why = await refusal(config, pod(undefined));
      if (why === undefined) return [];
      const admits = async (changed: KubernetesObject) => (await refusal(config, changed)) === undefined;
      const fix =
        withoutNodes && (await admits(withoutNodes))
          ? "nodeAccess=false"
          : (await admits(pod({ requests: enough, limits: enough })))
            ? "resources='*=50m/128Mi-1/1Gi'"
            : "labels=KEY=VALUE   (or annotations, resources, priorityClass, as the policy requires)";
      return [
        {
          what: `the cluster refuses the pods of ${part} in the namespace ${namespace}`,
          why,
          fix: `npm run up -- --config ${fix}`,
        },
      ];
    }),
  );
  return problems.flat();
}

const enough = { cpu: "50m", memory: "128Mi" };

interface RepresentativePod {
  readonly part: Part;
  /** The pod with the given resources, else with those of the settings. */
  pod(resources: Resources | undefined): KubernetesObject;
  /** The pod without the volumes that `nodeAccess=false` removes. */
  readonly withoutNodes?: KubernetesObject;
}

/** One pod of each kind that policies distinguish: the server, a pod of the chart, a pod that reads nodes' files. */
function representativePods({ names, settings }: Plan, namespace: string): RepresentativePod[] {
  const make = (
    part: Part,
    volumes: object[],
    given: Resources | undefined,
  ): KubernetesObject & { spec: object } => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${part}-dry-run`,
      namespace,
      labels: { ...settings.labels },
      annotations: { ...settings.annotations },
    },
    spec: {
      nodeSelector: nodeSelector(settings),
      tolerations: settings.tolerations,
      ...(settings.priorityClass ? { priorityClassName: settings.priorityClass } : {}),
      automountServiceAccountToken: false,
      ...(volumes.length > 0 ? { volumes } : {}),
      securityContext: volumes.length > 0 ? {} : { ...restrictedPod, runAsUser: 65532 },
      containers: [
        {
          name: part,
          image: settings.registry
            ? `${settings.registry}/latency-lab/delayed-server`
            : "latency-lab/delayed-server",
          resources: given ?? settings.resources[part] ?? (part === "server" ? serverResources : {}),
          securityContext: { ...restrictedContainer, readOnlyRootFilesystem: true },
        },
      ],
    },
  });
  if (namespace === names.serverNamespace) {
    return [{ part: "server", pod: (resources) => make("server", [], resources) }];
  }
  const grafana: RepresentativePod = { part: "grafana", pod: (resources) => make("grafana", [], resources) };
  if (!settings.nodeAccess) return [grafana];
  const promtail: RepresentativePod = {
    part: "promtail",
    pod: (resources) => make("promtail", promtailVolumes(false), resources),
    withoutNodes: make("promtail", [], undefined),
  };
  return [grafana, promtail];
}

/** Waits for the service account: pods are refused without it, and the cluster creates it asynchronously. */
async function defaultAccount(config: KubeConfig, namespace: string): Promise<void> {
  const api = config.makeApiClient(CoreV1Api);
  for (let tries = 0; tries < 50; tries++) {
    try {
      await api.readNamespacedServiceAccount({ name: "default", namespace });
      return;
    } catch (error) {
      if (!(error instanceof ApiException) || error.code !== 404) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
