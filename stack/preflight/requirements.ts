// Checks what every stack, and some settings, require of the cluster.
import {
  ApiException,
  CoreV1Api,
  CustomObjectsApi,
  type KubeConfig,
  SchedulingV1Api,
  StorageV1Api,
  VersionApi,
} from "@kubernetes/client-node";
import type { PullSecret } from "../cluster/cluster.ts";
import { answerOf } from "../cluster/refusal.ts";
import { UserError } from "../errors.ts";
import type { Plan } from "../plan.ts";

/** The first minor version with autoscaling/v2 and Pod Security. */
const oldestMinor = 23;

export async function checkVersion(config: KubeConfig): Promise<void> {
  const { gitVersion, major, minor } = await config.makeApiClient(VersionApi).getCode();
  // Some clusters report `23+`.
  if (Number(major) > 1 || Number.parseInt(minor, 10) >= oldestMinor) return;
  throw new UserError({
    what: `the cluster is Kubernetes ${gitVersion}`,
    why: `1.${oldestMinor} or later is needed`,
    fix: "npm run up -- --config context=NAME   (kubectl config get-contexts lists the names)",
  });
}

/** Without the metrics API, an autoscaler does nothing. */
export async function checkMetrics(config: KubeConfig, { settings }: Plan): Promise<void> {
  if (settings.maxReplicas === undefined) return;
  const api = { group: "metrics.k8s.io", version: "v1beta1" };
  const error = await errorOf(config.makeApiClient(CustomObjectsApi).getAPIResources(api));
  if (error === undefined || error.code === 403) return;
  const isMissing = error.code === 404;
  throw new UserError({
    what: `maxReplicas = ${settings.maxReplicas} needs the cluster's metrics API`,
    why: isMissing
      ? "the cluster has no metrics.k8s.io, so the autoscaler can't measure CPU usage"
      : `metrics.k8s.io answers ${error.code}: ${answerOf(error)}`,
    fix: isMissing
      ? "install metrics-server (https://github.com/kubernetes-sigs/metrics-server), or npm run up -- --config maxReplicas="
      : "kubectl get apiservice v1beta1.metrics.k8s.io   (shows what is wrong with it)",
  });
}

/** Checks the StorageClass of volumes: the one of the settings, else the cluster's default. */
export async function checkVolumes(config: KubeConfig, { settings }: Plan): Promise<void> {
  const { persistence, storageClass } = settings;
  if (!persistence) return;
  const { items } = await config.makeApiClient(StorageV1Api).listStorageClass();
  const isDefault = "storageclass.kubernetes.io/is-default-class";
  const names = items.map(({ metadata }) => metadata?.name ?? "");
  const hasDefault = items.some(({ metadata }) => metadata?.annotations?.[isDefault] === "true");
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

export async function checkPriority(config: KubeConfig, { settings }: Plan): Promise<void> {
  const name = settings.priorityClass;
  if (name === undefined) return;
  const error = await errorOf(config.makeApiClient(SchedulingV1Api).readPriorityClass({ name }));
  if (error?.code !== 404) return;
  throw new UserError({
    what: `priorityClass = "${name}" is not in the cluster`,
    why: answerOf(error),
    fix: "npm run up -- --config priorityClass=NAME   (kubectl get priorityclasses lists them)",
  });
}

/** The API server's refusal of a request; undefined if it was answered, or not by an API server. */
async function errorOf(request: Promise<unknown>): Promise<ApiException<unknown> | undefined> {
  return request.then(
    () => undefined,
    (error) => (error instanceof ApiException ? error : undefined),
  );
}

/** Reads the Secret to copy. A name without a namespace needs no copy: the cluster provides the Secret. */
export async function pullSecret(config: KubeConfig, { settings }: Plan): Promise<PullSecret | undefined> {
  const [namespace, name] = settings.imagePullSecret?.split("/") ?? [];
  if (namespace === undefined || name === undefined) return undefined;
  const request = config.makeApiClient(CoreV1Api).readNamespacedSecret({ namespace, name });
  const error = await errorOf(request);
  const { type = "", data = {} } = error ? {} : await request;
  if (/^kubernetes\.io\/docker(configjson|cfg)$/.test(type)) return { name, type, data };
  throw new UserError({
    what: `imagePullSecret = "${settings.imagePullSecret}" can't be used`,
    why: error ? answerOf(error) : `its type is ${type}`,
    fix: `kubectl create secret docker-registry ${name} --namespace ${namespace} --docker-server=HOST --docker-username=USER --docker-password=…`,
  });
}
