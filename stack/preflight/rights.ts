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

/** Something that the program, or the chart in it, does in the cluster. */
interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** Undefined: in all of the cluster. */
  readonly namespace?: string;
}

/**
 * What the user may not do of all that making, watching and removing the stack takes, as one
 * table: half a stack can neither be finished nor be taken away.
 */
export async function missingRights(config: KubeConfig, plan: Plan): Promise<Problem[]> {
  const api = config.makeApiClient(AuthorizationV1Api);
  const isAllowed = async (resourceAttributes: Right): Promise<boolean> => {
    const { status } = await api.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes } } });
    return status?.allowed ?? false;
  };
  // An administrator is known by one question.
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
  // The rules of a namespace name most rights in it at once; authorizers other than RBAC tell only what they are asked.
  const unnamed = neededRights(plan).filter(
    (right) => !rules.get(right.namespace ?? "")?.some((rule) => grants(rule, right)),
  );
  const answers = await Promise.all(unnamed.map(isAllowed));
  const missing = unnamed.filter((_, index) => !answers[index]);
  if (missing.length === 0) return grantProblems(config, plan);
  const user = await userName(config.makeApiClient(AuthenticationV1Api));
  return [
    {
      what: `context = "${plan.settings.context}": ${user} may not make everything that the stack needs`,
      why: `missing rights:\n${table(missing)}`,
      fix: "ask an administrator of the cluster for them, or npm run up -- --config context=NAME   (kubectl config get-contexts lists the names)",
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

/** A user can hand on only rights that they have themselves; the chart's roles read everything of the cluster. */
async function grantProblems(config: KubeConfig, { names, settings }: Plan): Promise<Problem[]> {
  const read = ["get", "list", "watch"];
  const body = {
    metadata: { name: `${names.release}-dry-run` },
    rules: [
      {
        apiGroups: [""],
        resources: ["nodes", "nodes/proxy", "nodes/metrics", "pods", "endpoints"],
        verbs: read,
      },
      { apiGroups: [""], resources: ["secrets", "configmaps"], verbs: ["list", "watch"] },
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
        what: `context = "${settings.context}": the cluster refuses the cluster roles of the chart`,
        why: messageOf(error).trim().replaceAll("\n", "\n       "),
        fix: "ask an administrator of the cluster for these rights: whoever makes a role must have what it grants",
      },
    ];
  }
}

function neededRights({ settings, names }: Plan): Right[] {
  const all = (verbs: readonly string[], group: string, resources: readonly string[], namespace?: string) =>
    resources.flatMap((resource) =>
      verbs.map((verb) => ({ verb, group, resource, ...(namespace ? { namespace } : {}) })),
    );
  const manage = ["get", "create", "patch", "delete"];
  const rbac = "rbac.authorization.k8s.io";
  const { serverNamespace, monitoringNamespace } = names;
  return [
    ...all(["list", ...manage], "", ["namespaces"]),
    ...all(["list"], "", ["nodes", "services"]),
    ...all(["list", ...manage], rbac, ["clusterroles", "clusterrolebindings"]),
    ...(settings.persistence ? all(["list"], "storage.k8s.io", ["storageclasses"]) : []),
    ...all(manage, "", ["services", "serviceaccounts"], serverNamespace),
    ...all(manage, "apps", ["deployments"], serverNamespace),
    ...all(manage, "policy", ["poddisruptionbudgets"], serverNamespace),
    ...(settings.maxReplicas
      ? all(manage, "autoscaling", ["horizontalpodautoscalers"], serverNamespace)
      : []),
    ...all(manage, "", ["services", "serviceaccounts", "configmaps"], monitoringNamespace),
    ...(settings.persistence ? all(manage, "", ["persistentvolumeclaims"], monitoringNamespace) : []),
    // Helm keeps its notes in Secrets.
    ...all(["list", "update", ...manage], "", ["secrets"], monitoringNamespace),
    ...all(manage, "apps", ["deployments", "statefulsets", "daemonsets"], monitoringNamespace),
    ...all(manage, rbac, ["roles", "rolebindings"], monitoringNamespace),
    ...[serverNamespace, monitoringNamespace].flatMap((namespace) => [
      ...(settings.networkPolicies ? all(manage, "networking.k8s.io", ["networkpolicies"], namespace) : []),
      ...all(["list", "watch"], "apps", ["deployments", "replicasets"], namespace),
      ...all(["list", "watch"], "", ["pods", "events"], namespace),
    ]),
  ];
}

async function userName(api: AuthenticationV1Api): Promise<string> {
  try {
    const { status } = await api.createSelfSubjectReview({ body: {} });
    return `the user "${status?.userInfo?.username}"`;
  } catch {
    return "this user"; // A server before 1.28.
  }
}

/** A line for each place and set of verbs: `in all of the cluster: create, patch clusterroles.rbac…`. */
function table(missing: readonly Right[]): string {
  const verbs = new Map<string, string[]>();
  for (const { verb, group, resource, namespace } of missing) {
    const key = JSON.stringify([namespace ?? "", group === "" ? resource : `${resource}.${group}`]);
    verbs.set(key, [...(verbs.get(key) ?? []), verb]);
  }
  const resources = new Map<string, string[]>();
  for (const [key, list] of verbs) {
    const [namespace, resource] = JSON.parse(key) as [string, string];
    const place = namespace === "" ? "in all of the cluster" : `in the namespace ${namespace}`;
    const line = `${place}: ${list.join(", ")}`;
    resources.set(line, [...(resources.get(line) ?? []), resource]);
  }
  return [...resources].map(([line, list]) => `         ${line}: ${list.join(", ")}`).join("\n");
}
