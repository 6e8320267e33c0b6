// Changes a cluster by hand, and observes it.
import assert from "node:assert/strict";
import {
  AppsV1Api,
  CoreV1Api,
  KubernetesObjectApi,
  NetworkingV1Api,
  type V1Pod,
} from "@kubernetes/client-node";
import { eventually } from "../eventually.ts";
import { kubeConfigOf } from "../stack.ts";

/** The APIs of one context of a kubeconfig. */
export class ClusterUnderTest {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly networking: NetworkingV1Api;
  readonly objects: KubernetesObjectApi;

  constructor(settings: Readonly<Record<string, string>>) {
    const config = kubeConfigOf(settings);
    this.core = config.makeApiClient(CoreV1Api);
    this.apps = config.makeApiClient(AppsV1Api);
    this.networking = config.makeApiClient(NetworkingV1Api);
    this.objects = KubernetesObjectApi.makeApiClient(config);
  }

  /** The pods with given labels that are not terminating. */
  async pods(namespace: string, labelSelector: string): Promise<V1Pod[]> {
    const { items } = await this.core.listNamespacedPod({ namespace, labelSelector });
    return items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  }

  /** Waits until exactly `count` pods with given labels are ready, and none is terminating. */
  async settled(namespace: string, labelSelector: string, count: number, seconds = 120): Promise<void> {
    await eventually(async () => {
      const { items } = await this.core.listNamespacedPod({ namespace, labelSelector });
      assert.deepEqual(
        items.map((pod) => (isReady(pod) ? "ready" : "not ready")),
        Array.from({ length: count }, () => "ready"),
      );
    }, seconds);
  }

  /** Waits until a pod is deleted. */
  async gone(namespace: string, name: string, seconds = 60): Promise<void> {
    await eventually(async () => {
      const { items } = await this.core.listNamespacedPod({
        namespace,
        fieldSelector: `metadata.name=${name}`,
      });
      assert.equal(items.length, 0);
    }, seconds);
  }
}

export function isReady({ metadata, status }: V1Pod): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.status === "True" && metadata?.deletionTimestamp === undefined;
}

export function nameOf({ metadata }: { metadata?: { name?: string } }): string {
  return metadata?.name ?? "";
}
