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
import type { PullSecret } from "../cluster/cluster.ts";
import { answerOf } from "../cluster/refusal.ts";
import { type Problem, UserError } from "../errors.ts";
import type { Plan } from "../plan.ts";

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
export async function metricsApi(config: KubeConfig, { settings }: Plan): Promise<Problem[]> {
  if (settings.maxReplicas === undefined) return [];
  const what = `maxReplicas = ${settings.maxReplicas} needs the cluster's metrics API`;
  try {
    const api = { group: "metrics.k8s.io", version: "v1beta1" };
    await config.makeApiClient(CustomObjectsApi).getAPIResources(api);
    return [];
  } catch (error) {
    if (!(error instanceof ApiException) || error.code === 403) return [];
    if (error.code === 404) {
      return [
        {
          what,
          why: "the cluster has no metrics.k8s.io, so the autoscaler can't measure CPU usage",
          fix: "install metrics-server (https://github.com/kubernetes-sigs/metrics-server), or npm run up -- --config maxReplicas=",
        },
      ];
    }
    return [
      {
        what,
        why: `metrics.k8s.io answers ${error.code}: ${answerOf(error)}`,
        fix: "kubectl get apiservice v1beta1.metrics.k8s.io   (shows what is wrong with it)",
      },
    ];
  }
}

/** Checks the StorageClass of volumes: the one of the settings, else the cluster's default. */
export async function volumes(config: KubeConfig, { settings }: Plan): Promise<Problem[]> {
  const { persistence, storageClass } = settings;
  if (!persistence) return [];
  const { items } = await config.makeApiClient(StorageV1Api).listStorageClass();
  const names = items.map(({ metadata }) => metadata?.name ?? "");
  if (storageClass === undefined ? items.some(isDefault) : names.includes(storageClass)) return [];
  return [
    {
      what:
        storageClass === undefined
          ? "persistence = true, but the cluster has no default StorageClass"
          : `storageClass = "${storageClass}" is not in the cluster`,
      why: names.length > 0 ? `the cluster has: ${names.join(", ")}` : "the cluster has no StorageClass",
      fix:
        names[0] === undefined
          ? "npm run up -- --config persistence=false   (or install a volume provisioner)"
          : `npm run up -- --config storageClass=${names[0]}`,
    },
  ];
}

function isDefault({ metadata }: V1StorageClass): boolean {
  return metadata?.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true";
}

export async function priorityClass(config: KubeConfig, { settings }: Plan): Promise<Problem[]> {
  const name = settings.priorityClass;
  if (name === undefined) return [];
  try {
    await config.makeApiClient(SchedulingV1Api).readPriorityClass({ name });
    return [];
  } catch (error) {
    if (!(error instanceof ApiException) || error.code !== 404) return [];
    return [
      {
        what: `priorityClass = "${name}" is not in the cluster`,
        why: answerOf(error),
        fix: "npm run up -- --config priorityClass=NAME   (kubectl get priorityclasses lists them)",
      },
    ];
  }
}

/** Reads the Secret to copy. A name without a namespace needs no copy: the cluster provides the Secret. */
export async function pullSecret(config: KubeConfig, { settings }: Plan): Promise<PullSecret | undefined> {
  const [namespace, name] = settings.imagePullSecret?.split("/") ?? [];
  if (namespace === undefined || name === undefined) return undefined;
  const problem = (why: string) =>
    new UserError({
      what: `imagePullSecret = "${settings.imagePullSecret}" can't be used`,
      why,
      fix: `kubectl create secret docker-registry ${name} --namespace ${namespace} --docker-server=HOST --docker-username=USER --docker-password=…`,
    });
  try {
    const secret = await config.makeApiClient(CoreV1Api).readNamespacedSecret({ namespace, name });
    const { type = "", data = {} } = secret;
    if (!/^kubernetes\.io\/docker(configjson|cfg)$/.test(type)) throw problem(`its type is ${type}`);
    return { name, type, data };
  } catch (error) {
    throw error instanceof ApiException ? problem(answerOf(error)) : error;
  }
}
