// Checks what every stack, and some settings, require of the cluster.
import {
  ApiException,
  CoreV1Api,
  CustomObjectsApi,
  type KubeConfig,
  SchedulingV1Api,
  StorageV1Api,
  type V1StorageClass,
  VersionApi,
} from "@kubernetes/client-node";
import type { PullSecret } from "../cluster/pull-secret.ts";
import type { Problem } from "../errors.ts";
import type { Settings } from "../settings/schema.ts";

/** The first minor version with autoscaling/v2 and Pod Security. */
const oldestMinor = 23;

export async function serverVersion(config: KubeConfig): Promise<Problem[]> {
  const { gitVersion, major, minor } = await config.makeApiClient(VersionApi).getCode();
  // Some clusters report `23+`.
  if (Number(major) > 1 || Number.parseInt(minor, 10) >= oldestMinor) return [];
  return [
    {
      what: `the cluster is Kubernetes ${gitVersion}`,
      why: `1.${oldestMinor} or later is needed`,
      fix: "npm run up -- --config context=NAME   (kubectl config get-contexts lists the names)",
    },
  ];
}

/** Without the metrics API, an autoscaler does nothing. */
export async function metricsApi(
  config: KubeConfig,
  { maxReplicas }: Pick<Settings, "maxReplicas">,
): Promise<Problem[]> {
  if (maxReplicas === undefined) return [];
  try {
    await config
      .makeApiClient(CustomObjectsApi)
      .getAPIResources({ group: "metrics.k8s.io", version: "v1beta1" });
    return [];
  } catch (error) {
    if (!(error instanceof ApiException) || error.code === 403) return [];
    const missing = error.code === 404;
    return [
      {
        what: `maxReplicas = ${maxReplicas} needs the cluster's metrics API`,
        why: missing
          ? "the cluster has no metrics.k8s.io, so the autoscaler can't measure CPU usage"
          : `metrics.k8s.io answers ${error.code}: ${messageOf(error)}`,
        fix: missing
          ? "install metrics-server (https://github.com/kubernetes-sigs/metrics-server), or npm run up -- --config maxReplicas="
          : "kubectl get apiservice v1beta1.metrics.k8s.io   (shows what is wrong with it)",
      },
    ];
  }
}

/** Checks the StorageClass of volumes: the one of the settings, else the cluster's default. */
export async function volumes(
  config: KubeConfig,
  { persistence, storageClass }: Pick<Settings, "persistence" | "storageClass">,
): Promise<Problem[]> {
  if (!persistence) return [];
  const { items } = await config.makeApiClient(StorageV1Api).listStorageClass();
  const names = items.map(({ metadata }) => metadata?.name ?? "");
  const found = storageClass === undefined ? items.some(isDefault) : names.includes(storageClass);
  if (found) return [];
  const why = names.length > 0 ? `the cluster has: ${names.join(", ")}` : "the cluster has no StorageClass";
  return [
    {
      what:
        storageClass === undefined
          ? "persistence = true, but the cluster has no default StorageClass"
          : `storageClass = "${storageClass}" is not in the cluster`,
      why,
      fix:
        names[0] === undefined
          ? "npm run up -- --config persistence=false   (or install a volume provisioner)"
          : `npm run up -- --config storageClass=${names[0]}`,
    },
  ];
}

function isDefault({ metadata }: V1StorageClass): boolean {
  const annotations = metadata?.annotations ?? {};
  return ["storageclass.kubernetes.io", "storageclass.beta.kubernetes.io"].some(
    (group) => annotations[`${group}/is-default-class`] === "true",
  );
}

export async function priorityClass(
  config: KubeConfig,
  { priorityClass: name }: Pick<Settings, "priorityClass">,
): Promise<Problem[]> {
  if (name === undefined) return [];
  try {
    await config.makeApiClient(SchedulingV1Api).readPriorityClass({ name });
    return [];
  } catch (error) {
    if (!(error instanceof ApiException) || error.code !== 404) return [];
    return [
      {
        what: `priorityClass = "${name}" is not in the cluster`,
        why: messageOf(error),
        fix: "npm run up -- --config priorityClass=NAME   (kubectl get priorityclasses lists them)",
      },
    ];
  }
}

/** Reads the Secret to copy. A name without a namespace needs no copy: the cluster provides the Secret. */
export async function pullSecret(
  config: KubeConfig,
  { imagePullSecret }: Pick<Settings, "imagePullSecret">,
): Promise<{ found?: PullSecret; problems: Problem[] }> {
  const [namespace, name] = imagePullSecret?.split("/") ?? [];
  if (namespace === undefined || name === undefined) return { problems: [] };
  const problem = (why: string) => ({
    problems: [
      {
        what: `imagePullSecret = "${imagePullSecret}" can't be used`,
        why,
        fix: `kubectl create secret docker-registry ${name} --namespace ${namespace} --docker-server=HOST --docker-username=USER --docker-password=…`,
      },
    ],
  });
  try {
    const api = config.makeApiClient(CoreV1Api);
    const { type = "", data = {} } = await api.readNamespacedSecret({ namespace, name });
    if (!/^kubernetes\.io\/docker(configjson|cfg)$/.test(type)) return problem(`its type is ${type}`);
    return { found: { name, type, data }, problems: [] };
  } catch (error) {
    if (error instanceof ApiException) return problem(messageOf(error));
    throw error;
  }
}

/** The message in the API server's response. */
export function messageOf({ body, message }: ApiException<unknown>): string {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text || message;
  }
}
