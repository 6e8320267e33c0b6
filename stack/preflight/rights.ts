import {
  ApiException,
  AuthenticationV1Api,
  AuthorizationV1Api,
  type KubeConfig,
  RbacAuthorizationV1Api,
} from "@kubernetes/client-node";
import { answerOf } from "../cluster/refusal.ts";
import { UserError } from "../errors.ts";
import type { Plan } from "../plan.ts";

/** Rights that the program or its chart needs: the resource with its group; undefined: in the whole cluster. */
type Rights = [verbs: readonly string[], resource: string, namespace: string | undefined];

/**
 * Reports all rights that the user lacks for creating, watching and deleting the stack: a
 * half-created stack could neither be finished nor deleted.
 */
export async function checkRights(config: KubeConfig, plan: Plan): Promise<void> {
  const api = config.makeApiClient(AuthorizationV1Api);
  const isAllowed = async (verb: string, name: string, namespace?: string): Promise<boolean> => {
    const [resource = "", ...group] = name.split(".");
    const resourceAttributes = {
      verb,
      resource,
      group: group.join("."),
      ...(namespace ? { namespace } : {}),
    };
    const { status } = await api.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes } } });
    return status?.allowed ?? false;
  };
  // One request is enough for an administrator.
  if (await isAllowed("*", "*.*")) return;
  const lines = await Promise.all(
    neededRights(plan).map(async ([verbs, resource, namespace]) => {
      const allowed = await Promise.all(verbs.map((verb) => isAllowed(verb, resource, namespace)));
      const missing = verbs.filter((_, index) => !allowed[index]);
      const place = namespace ? `in the namespace ${namespace}` : "in the whole cluster";
      return missing.length === 0 ? [] : `         ${place}: ${missing.join(", ")}: ${resource}`;
    }),
  );
  const missing = lines.flat();
  if (missing.length === 0) return checkGrants(config, plan);
  throw new UserError({
    what: `context = "${plan.settings.context}": ${await userName(config)} lacks rights that the stack needs`,
    why: `missing rights:\n${missing.join("\n")}`,
    fix: "ask the cluster's administrator for them, or npm run up -- --config context=NAME   (kubectl config get-contexts lists the names)",
  });
}

/** Users can grant only rights that they have; the chart's roles read objects of the whole cluster. */
async function checkGrants(config: KubeConfig, { names, settings }: Plan): Promise<void> {
  const verbs = ["get", "list", "watch"];
  const read = ["nodes", "nodes/proxy", "nodes/metrics", "services", "pods", "endpoints", "ingresses"];
  const body = {
    metadata: { name: `${names.release}-dry-run` },
    rules: [
      { apiGroups: [""], resources: read, verbs },
      { apiGroups: [""], resources: ["secrets", "configmaps"], verbs },
      {
        apiGroups: ["extensions", "networking.k8s.io"],
        resources: ["ingresses", "ingresses/status"],
        verbs,
      },
      { nonResourceURLs: ["/metrics"], verbs: ["get"] },
    ],
  };
  try {
    await config.makeApiClient(RbacAuthorizationV1Api).createClusterRole({ body, dryRun: "All" });
  } catch (error) {
    if (!(error instanceof ApiException) || error.code !== 403) return;
    throw new UserError({
      what: `context = "${settings.context}": the cluster refuses the chart's cluster roles`,
      why: answerOf(error).trim().replaceAll("\n", "\n       "),
      fix: "ask the cluster's administrator for these rights: to create a role, a user needs all rights that it grants",
    });
  }
}

function neededRights({ settings, names }: Plan): Rights[] {
  const { networkPolicies, persistence, maxReplicas } = settings;
  const rights = (verbs: readonly string[], resources: string, namespace?: string): Rights[] =>
    resources.split(" ").map((resource) => [verbs, resource, namespace]);
  // Pulumi watches an object until it is deleted.
  const manage = ["get", "list", "watch", "create", "patch", "delete"];
  const rbac = "rbac.authorization.k8s.io";
  const { serverNamespace: server, monitoringNamespace: monitoring } = names;
  return [
    ...rights(manage, `namespaces clusterroles.${rbac} clusterrolebindings.${rbac}`),
    ...rights(["list"], `nodes services${persistence ? " storageclasses.storage.k8s.io" : ""}`),
    ...rights(manage, "services serviceaccounts deployments.apps poddisruptionbudgets.policy", server),
    // Pulumi watches claims while it waits for a Deployment.
    ...rights(["list", "watch"], "persistentvolumeclaims", server),
    ...(maxReplicas ? rights(manage, "horizontalpodautoscalers.autoscaling", server) : []),
    ...rights(manage, "services serviceaccounts configmaps", monitoring),
    ...rights(manage, "deployments.apps statefulsets.apps daemonsets.apps", monitoring),
    ...rights(manage, `roles.${rbac} rolebindings.${rbac}`, monitoring),
    ...(persistence ? rights(manage, "persistentvolumeclaims", monitoring) : []),
    // Helm stores its releases in Secrets.
    ...rights(["update", ...manage], "secrets", monitoring),
    ...[server, monitoring].flatMap((namespace) => [
      ...(networkPolicies ? rights(manage, "networkpolicies.networking.k8s.io", namespace) : []),
      ...rights(["list", "watch"], "replicasets.apps pods events", namespace),
    ]),
  ];
}

async function userName(config: KubeConfig): Promise<string> {
  try {
    const { status } = await config.makeApiClient(AuthenticationV1Api).createSelfSubjectReview({ body: {} });
    return `the user "${status?.userInfo?.username}"`;
  } catch {
    return "this user"; // Servers before 1.28 do not support this.
  }
}
