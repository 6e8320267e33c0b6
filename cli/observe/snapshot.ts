// A stack's objects at one moment, and how an object that is not ready is described.
import * as k8s from "@kubernetes/client-node";
import type { ClusterClient } from "../../stack/cluster/client.ts";
import { permitted } from "../../stack/cluster/refusal.ts";

/** The objects in a stack's namespaces at one moment. */
export type Snapshot = Awaited<ReturnType<typeof takeSnapshot>>;

/** Lists the objects in some namespaces. Kinds that the user can't list are empty. */
export async function takeSnapshot(config: ClusterClient, names: readonly string[]) {
  const { core } = config;
  const apps = config.makeApiClient(k8s.AppsV1Api);
  const autoscaling = config.makeApiClient(k8s.AutoscalingV2Api);
  const all = async <T>(list: (of: { namespace: string }) => Promise<{ items: T[] }>): Promise<T[]> => {
    const none: { items: T[] } = { items: [] };
    const lists = await Promise.all(names.map((namespace) => permitted(list({ namespace }), none)));
    return lists.flatMap(({ items }) => items);
  };
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
  const existing = namespaces.filter((one) => one !== undefined);
  return { namespaces: existing, pods, events, claims, deployments, statefulSets, daemonSets, autoscalers };
}

/** Events by the uid of their object, newest last. */
export type Events = ReadonlyMap<string, readonly k8s.CoreV1Event[]>;

export function byObject(events: readonly k8s.CoreV1Event[]): Events {
  const version = ({ metadata }: k8s.CoreV1Event) => Number(metadata.resourceVersion ?? 0);
  const sorted = events.toSorted((a, b) => version(a) - version(b));
  return Map.groupBy(sorted, ({ involvedObject }) => involvedObject.uid ?? "");
}

/** An object of a stack that is not ready yet, with the cluster's reason. */
export interface Wait {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Stays the same while the reason changes: a failing pull alternates between ErrImagePull and ImagePullBackOff. */
  readonly state: keyof typeof states;
  /** The cluster's reason: `ImagePullBackOff`, `Unschedulable`, `FailedCreate` … */
  readonly reason: string;
  readonly message: string;
  /** Seconds after which this state will not end by itself. Undefined: it can end at any time. */
  readonly hopelessAfter?: number | undefined;
  /** For a container that keeps ending: where its last log lines are. */
  readonly crashed?: { readonly container: string; readonly runs: boolean; readonly restarts: number };
  /** Whether the stack counts as up in spite of this. @default false */
  readonly harmless?: boolean;
}

/** Why an object is not ready. */
export type Why = Pick<Wait, "reason" | "message">;

/** The states, as the message of a wait that does not end describes them. */
export const states = {
  deleted: "is being deleted, but the deletion does not finish",
  "not created": "can't create its pods",
  unbound: "gets no volume",
  unscheduled: "is not scheduled",
  image: "can't pull its image",
  configuration: "can't start",
  crash: "keeps crashing",
  starting: "does not start",
  "not ready": "is not ready",
  ending: "does not end",
  "rolling out": "is not complete",
  scaling: "can't scale",
};

/** Kind and name of an object, for its wait. */
export function objectOf(
  kind: string,
  metadata: { readonly namespace?: string | undefined; readonly name?: string | undefined } = {},
): Pick<Wait, "kind" | "namespace" | "name"> {
  return { kind, namespace: metadata.namespace ?? "", name: metadata.name ?? "" };
}

/** When to give up on a state that rarely ends by itself, such as a registry that answers only at the third try. */
export const hopelessSeconds = 45;

/** When to give up on a state that often ends by itself, such as a node that is joining. */
export const slowSeconds = 300;
