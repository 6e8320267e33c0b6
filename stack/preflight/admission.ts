import {
  ApiException,
  type KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
} from "@kubernetes/client-node";
import { namespaceMetadata } from "../cluster/labels.ts";
import type { Problem } from "../errors.ts";
import type { Plan } from "../plan.ts";
import { messageOf } from "./requirements.ts";

/**
 * What the cluster says of an object before it is made: its policies, its webhooks, its own
 * rules. Undefined: nothing against it, or that a webhook can't be asked without making it.
 */
export async function refusal(config: KubeConfig, object: KubernetesObject): Promise<string | undefined> {
  const api = KubernetesObjectApi.makeApiClient(config);
  try {
    await api.create(object, undefined, "All");
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiException)) throw error;
    if (error.code === 409) return undefined; // It is there already.
    const message = messageOf(error);
    return /does not support dry run/.test(message) ? undefined : message;
  }
}

/** The stack's namespaces, as the program makes them. */
export function ownNamespaces({ names, settings }: Pick<Plan, "names" | "settings">): KubernetesObject[] {
  const { instance, serverNamespace, monitoringNamespace } = names;
  const { labels, annotations, nodeAccess } = settings;
  const made = { instance, labels, annotations };
  return [
    namespaceMetadata({ ...made, name: serverNamespace, podSecurity: "restricted" }),
    namespaceMetadata({
      ...made,
      name: monitoringNamespace,
      podSecurity: nodeAccess ? "privileged" : "restricted",
    }),
  ].map((metadata) => ({ apiVersion: "v1", kind: "Namespace", metadata }));
}

/** Asks the cluster about the namespaces that are not there yet. */
export async function refusedNamespaces(
  config: KubeConfig,
  plan: Plan,
  existing: readonly KubernetesObject[],
): Promise<Problem[]> {
  const isThere = (name: string | undefined) => existing.some(({ metadata }) => metadata?.name === name);
  const missing = ownNamespaces(plan).filter(({ metadata }) => !isThere(metadata?.name));
  const problems = await Promise.all(
    missing.map(async (namespace): Promise<Problem[]> => {
      const why = await refusal(config, namespace);
      if (why === undefined) return [];
      return [
        {
          what: `the cluster refuses the namespace ${namespace.metadata?.name}`,
          why,
          fix: "npm run up -- --config labels=KEY=VALUE   (or annotations=KEY=VALUE, as the policy asks)",
        },
      ];
    }),
  );
  return problems.flat();
}
