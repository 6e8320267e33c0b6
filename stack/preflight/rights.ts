import {
  ApiException,
  AuthenticationV1Api,
  AuthorizationV1Api,
  type KubeConfig,
  RbacAuthorizationV1Api,
  type V1ResourceRule,
} from "@kubernetes/client-node";
import type { Problem } from "../errors.ts";
import type { Plan } from "../plan.ts";
import { messageOf } from "./requirements.ts";

/** A right that the program or its chart needs in the cluster. */
interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** Undefined: in the whole cluster. */
  readonly namespace?: string;
}

/**
 * Reports all rights that the user lacks for creating, watching and deleting the stack, as one
 * table: a half-created stack could neither be finished nor deleted.
 */
export async function missingRights(config: KubeConfig, plan: Plan): Promise<Problem[]> {
  const api = config.makeApiClient(AuthorizationV1Api);
  const isAllowed = async (resourceAttributes: Right): Promise<boolean> => {
    const { status } = await api.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes } } });
    return status?.allowed ?? false;
  };
  // One request is enough for an administrator.
  if (await isAllowed({ verb: "*", group: "*", resource: "*" })) return [];
  const { serverNamespace, monitoringNamespace } = plan.names;
  const rules = new Map(
    await Promise.all(
      [serverNamespace, monitoringNamespace].map(async (namespace) => {
        const { status } = await api.createSelfSubjectRulesReview({ body: { spec: { namespace } } });
        return [namespace, status?.resourceRules ?? []] as const;
      }),
    ),
  );
  // Rules reviews list most rights at once; authorizers other than RBAC answer access reviews only.
  const unlisted = neededRights(plan).filter(
    (right) => !rules.get(right.namespace ?? "")?.some((rule) => grants(rule, right)),
  );
  const answers = await Promise.all(unlisted.map(isAllowed));
  const missing = unlisted.filter((_, index) => !answers[index]);
  if (missing.length === 0) return grantProblems(config, plan);
  const user = await userName(config.makeApiClient(AuthenticationV1Api));
  return [
    {
      what: `context = "${plan.settings.context}": ${user} lacks rights that the stack needs`,
      why: `missing rights:\n${table(missing)}`,
      fix: "ask the cluster's administrator for them, or npm run up -- --config context=NAME   (kubectl config get-contexts lists the names)",
    },
  ];
}

function grants(
  { apiGroups = [], resources = [], resourceNames = [], verbs }: V1ResourceRule,
  right: Right,
): boolean {
  const has = (list: readonly string[], one: string) => list.includes("*") || list.includes(one);
  return (
    resourceNames.length === 0 &&
    has(apiGroups, right.group) &&
    has(resources, right.resource) &&
    has(verbs, right.verb)
  );
}

/** Users can grant only rights that they have; the chart's roles read objects of the whole cluster. */
async function grantProblems(config: KubeConfig, { names, settings }: Plan): Promise<Problem[]> {
  const read = ["get", "list", "watch"];
  const body = {
    metadata: { name: `${names.release}-dry-run` },
    rules: [
      {
        apiGroups: [""],
        resources: ["nodes", "nodes/proxy", "nodes/metrics", "services", "pods", "endpoints", "ingresses"],
        verbs: read,
      },
      { apiGroups: [""], resources: ["secrets", "configmaps"], verbs: read },
      {
        apiGroups: ["extensions", "networking.k8s.io"],
        resources: ["ingresses", "ingresses/status"],
        verbs: read,
      },
      { nonResourceURLs: ["/metrics"], verbs: ["get"] },
    ],
  };
  try {
    await config.makeApiClient(RbacAuthorizationV1Api).createClusterRole({ body, dryRun: "All" });
    return [];
  } catch (error) {
    if (!(error instanceof ApiException) || error.code !== 403) return [];
    return [
      {
        what: `context = "${settings.context}": the cluster refuses the chart's cluster roles`,
        why: messageOf(error).trim().replaceAll("\n", "\n       "),
        fix: "ask the cluster's administrator for these rights: to create a role, a user needs all rights that it grants",
      },
    ];
  }
}

function neededRights({ settings, names }: Plan): Right[] {
  const all = (verbs: readonly string[], group: string, resources: readonly string[], namespace?: string) =>
    resources.flatMap((resource) =>
      verbs.map((verb) => ({ verb, group, resource, ...(namespace ? { namespace } : {}) })),
    );
  // Pulumi watches an object until it is deleted.
  const manage = ["get", "list", "watch", "create", "patch", "delete"];
  const rbac = "rbac.authorization.k8s.io";
  const { serverNamespace, monitoringNamespace } = names;
  return [
    ...all(manage, "", ["namespaces"]),
    ...all(["list"], "", ["nodes", "services"]),
    ...all(manage, rbac, ["clusterroles", "clusterrolebindings"]),
    ...(settings.persistence ? all(["list"], "storage.k8s.io", ["storageclasses"]) : []),
    ...all(manage, "", ["services", "serviceaccounts"], serverNamespace),
    ...all(manage, "apps", ["deployments"], serverNamespace),
    ...all(manage, "policy", ["poddisruptionbudgets"], serverNamespace),
    // Pulumi watches claims while it waits for a Deployment.
    ...all(["list", "watch"], "", ["persistentvolumeclaims"], serverNamespace),
    ...(settings.maxReplicas
      ? all(manage, "autoscaling", ["horizontalpodautoscalers"], serverNamespace)
      : []),
    ...all(manage, "", ["services", "serviceaccounts", "configmaps"], monitoringNamespace),
    ...(settings.persistence ? all(manage, "", ["persistentvolumeclaims"], monitoringNamespace) : []),
    // Helm stores its releases in Secrets.
    ...all(["update", ...manage], "", ["secrets"], monitoringNamespace),
    ...all(manage, "apps", ["deployments", "statefulsets", "daemonsets"], monitoringNamespace),
    ...all(manage, rbac, ["roles", "rolebindings"], monitoringNamespace),
    ...[serverNamespace, monitoringNamespace].flatMap((namespace) => [
      ...(settings.networkPolicies ? all(manage, "networking.k8s.io", ["networkpolicies"], namespace) : []),
      ...all(["list", "watch"], "apps", ["replicasets"], namespace),
      ...all(["list", "watch"], "", ["pods", "events"], namespace),
    ]),
  ];
}

async function userName(api: AuthenticationV1Api): Promise<string> {
  try {
    const { status } = await api.createSelfSubjectReview({ body: {} });
    return `the user "${status?.userInfo?.username}"`;
  } catch {
    return "this user"; // Servers before 1.28 do not support this.
  }
}

/** One line for each place and set of verbs: `in the whole cluster: create, patch: clusterroles.rbac…`. */
function table(missing: readonly Right[]): string {
  const verbs = new Map<string, string[]>();
  for (const { verb, group, resource, namespace } of missing) {
    const key = JSON.stringify([namespace ?? "", group === "" ? resource : `${resource}.${group}`]);
    verbs.set(key, [...(verbs.get(key) ?? []), verb]);
  }
  const resources = new Map<string, string[]>();
  for (const [key, list] of verbs) {
    const [namespace, resource] = JSON.parse(key) as [string, string];
    const place = namespace === "" ? "in the whole cluster" : `in the namespace ${namespace}`;
    const line = `${place}: ${list.join(", ")}`;
    resources.set(line, [...(resources.get(line) ?? []), resource]);
  }
  return [...resources].map(([line, list]) => `         ${line}: ${list.join(", ")}`).join("\n");
}
