import {
  AppsV1Api,
  AutoscalingV2Api,
  CoreV1Api,
  type CoreV1Event,
  type KubeConfig,
  type V1DaemonSet,
  type V1Deployment,
  type V1Namespace,
  type V1PersistentVolumeClaim,
  type V1Pod,
  type V1StatefulSet,
  type V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node";

/** The objects in a stack's namespaces at one moment. */
export interface Snapshot {
  readonly namespaces: readonly V1Namespace[];
  readonly pods: readonly V1Pod[];
  readonly events: readonly CoreV1Event[];
  readonly claims: readonly V1PersistentVolumeClaim[];
  readonly deployments: readonly V1Deployment[];
  readonly statefulSets: readonly V1StatefulSet[];
  readonly daemonSets: readonly V1DaemonSet[];
  readonly autoscalers: readonly V2HorizontalPodAutoscaler[];
}

/** Lists the objects in some namespaces. Kinds that the user can't list are empty. */
export async function takeSnapshot(config: KubeConfig, names: readonly string[]): Promise<Snapshot> {
  const core = config.makeApiClient(CoreV1Api);
  const apps = config.makeApiClient(AppsV1Api);
  const autoscaling = config.makeApiClient(AutoscalingV2Api);
  const all = async <T>(list: (of: { namespace: string }) => Promise<{ items: T[] }>): Promise<T[]> =>
    (
      await Promise.all(names.map((namespace) => permitted(list({ namespace }), { items: [] as T[] })))
    ).flatMap(({ items }) => items);
  const [namespaces, pods, events, claims, deployments, statefulSets, daemonSets, autoscalers] =
    await Promise.all([
      Promise.all(names.map((name) => permitted(core.readNamespace({ name }), undefined))),
      all((of) => core.listNamespacedPod(of)),
      all((of) => core.listNamespacedEvent(of)),
      all((of) => core.listNamespacedPersistentVolumeClaim(of)),
      all((of) => apps.listNamespacedDeployment(of)),
      all((of) => apps.listNamespacedStatefulSet(of)),
      all((of) => apps.listNamespacedDaemonSet(of)),
      all((of) => autoscaling.listNamespacedHorizontalPodAutoscaler(of)),
    ]);
  return {
    namespaces: namespaces.filter((one) => one !== undefined),
    pods,
    events,
    claims,
    deployments,
    statefulSets,
    daemonSets,
    autoscalers,
  };
}

/** The response, or another value if the object does not exist or the user lacks the right to read it. */
export async function permitted<T, N>(answer: Promise<T>, otherwise: N): Promise<T | N> {
  try {
    return await answer;
  } catch (error) {
    const { code } = error as { code?: number };
    if (code !== 403 && code !== 404) throw error;
    return otherwise;
  }
}
