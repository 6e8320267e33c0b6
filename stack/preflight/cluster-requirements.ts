// What every stack, and some settings, require of an existing cluster, and the rights that they need.
import * as k8s from "@kubernetes/client-node";
import type { PullSecret } from "../cluster/cluster.ts";
import { answerOf } from "../cluster/refusal.ts";
import { UserError } from "../errors.ts";
import type { Plan } from "../plan.ts";

/** The first minor version with autoscaling/v2 and Pod Security. */
const oldestMinor = 23;

export async function checkVersion(config: k8s.KubeConfig): Promise<void> {
  const { gitVersion, major, minor } = await config.makeApiClient(k8s.VersionApi).getCode();
  // Some clusters report `23+`.
  if (Number(major) > 1 || Number.parseInt(minor, 10) >= oldestMinor) return;
  throw new UserError({
    what: `the cluster is Kubernetes ${gitVersion}`,
    why: `1.${oldestMinor} or later is needed`,
    fix: "npm run up -- --config context=NAME   (kubectl config get-contexts lists the names)",
  });
}

/** Without the metrics API, an autoscaler does nothing. */
export async function checkMetrics(config: k8s.KubeConfig, { settings }: Plan): Promise<void> {
  if (settings.maxReplicas === undefined) return;
  const api = { group: "metrics.k8s.io", version: "v1beta1" };
  const error = await errorOf(config.makeApiClient(k8s.CustomObjectsApi).getAPIResources(api));
  if (error === undefined || error.code === 403) return;
  const isMissing = error.code === 404;
  throw new UserError({
    what: `maxReplicas = ${settings.maxReplicas} needs the cluster's metrics API`,
    why: isMissing
      ? "the cluster has no metrics.k8s.io, so the autoscaler can't measure CPU usage"
      : `metrics.k8s.io returned ${error.code}: ${answerOf(error)}`,
    fix: isMissing
      ? "install metrics-server (https://github.com/kubernetes-sigs/metrics-server), or npm run up -- --config maxReplicas="
      : "kubectl get apiservice v1beta1.metrics.k8s.io   (shows what is wrong with it)",
  });
}

/** Checks the StorageClass of volumes: the one of the settings, else the cluster's default. */
export async function checkVolumes(config: k8s.KubeConfig, { settings }: Plan): Promise<void> {
  const { persistence, storageClass } = settings;
  if (!persistence) return;
  const { items } = await config.makeApiClient(k8s.StorageV1Api).listStorageClass();
  const isDefault = ["", "beta."].map((version) => `storageclass.${version}kubernetes.io/is-default-class`);
  const names = items.map(({ metadata }) => metadata?.name ?? "");
  const hasDefault = items.some(({ metadata }) =>
    isDefault.some((key) => metadata?.annotations?.[key] === "true"),
  );
  if (storageClass === undefined ? hasDefault : names.includes(storageClass)) return;
  throw new UserError({
    what:
      storageClass === undefined
        ? "persistence = true, but the cluster has no default StorageClass"
        : `storageClass = "${storageClass}" is not in the cluster`,
    why: names.length > 0 ? `the cluster has: ${names.join(", ")}` : "the cluster has no StorageClass",
    fix:
      names[0] === undefined
        ? "npm run up -- --config persistence=false   (or install a volume provisioner)"
        : `npm run up -- --config storageClass=${names[0]}`,
  });
}

export async function checkPriority(config: k8s.KubeConfig, { settings }: Plan): Promise<void> {
  const name = settings.priorityClass;
  if (name === undefined) return;
  const error = await errorOf(config.makeApiClient(k8s.SchedulingV1Api).readPriorityClass({ name }));
  if (error?.code !== 404) return;
  throw new UserError({
    what: `priorityClass = "${name}" is not in the cluster`,
    why: answerOf(error),
    fix: "npm run up -- --config priorityClass=NAME   (kubectl get priorityclasses lists them)",
  });
}

/** The API server's refusal of a request; undefined if it was answered, or not by an API server. */
async function errorOf(request: Promise<unknown>): Promise<k8s.ApiException<unknown> | undefined> {
  return request.then(
    () => undefined,
    (error) => (error instanceof k8s.ApiException ? error : undefined),
  );
}

/** Reads the Secret to copy. A name without a namespace needs no copy: the cluster provides the Secret. */
export async function pullSecret(
  config: k8s.KubeConfig,
  { settings }: Plan,
): Promise<PullSecret | undefined> {
  const [namespace, name] = settings.imagePullSecret?.split("/") ?? [];
  if (namespace === undefined || name === undefined) return undefined;
  const request = config.makeApiClient(k8s.CoreV1Api).readNamespacedSecret({ namespace, name });
  const error = await errorOf(request);
  const { type = "", data = {} } = error ? {} : await request;
  if (/^kubernetes\.io\/docker(configjson|cfg)$/.test(type)) return { name, type, data };
  throw new UserError({
    what: `imagePullSecret = "${settings.imagePullSecret}" can't be used`,
    why: error ? answerOf(error) : `its type is ${type}`,
    fix: `kubectl create secret docker-registry ${name} --namespace ${namespace} --docker-server=HOST --docker-username=USER --docker-password=…`,
  });
}

/** Rights that the program or its chart needs: the resource with its group; undefined: in the whole cluster. */
type Rights = [verbs: readonly string[], resource: string, namespace: string | undefined];

/**
 * Reports all rights that the user lacks for creating, watching and deleting the stack: a
 * half-created stack could neither be finished nor deleted.
 */
export async function checkRights(config: k8s.KubeConfig, plan: Plan): Promise<void> {
  const api = config.makeApiClient(k8s.AuthorizationV1Api);
  const isAllowed = async (verb: string, name: string, namespace?: string): Promise<boolean> => {
    const [resource = "", ...group] = name.split(".");
    const resourceAttributes = {
      verb,
      resource,
      group: group.join("."),
      ...(namespace ? { namespace } : {}),
    };
    const { status } = await api.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes } } });
    // A proxy or a login page also answers 200.
    if (typeof status?.allowed !== "boolean") throw new Error("its response is not that of an API server");
    return status.allowed;
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
async function checkGrants(config: k8s.KubeConfig, { names, settings }: Plan): Promise<void> {
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
    await config.makeApiClient(k8s.RbacAuthorizationV1Api).createClusterRole({ body, dryRun: "All" });
  } catch (error) {
    if (!(error instanceof k8s.ApiException) || error.code !== 403) return;
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

async function userName(config: k8s.KubeConfig): Promise<string> {
  try {
    const { status } = await config
      .makeApiClient(k8s.AuthenticationV1Api)
      .createSelfSubjectReview({ body: {} });
    return `the user "${status?.userInfo?.username}"`;
  } catch {
    return "this user"; // Servers before 1.28 do not support this.
  }
}
