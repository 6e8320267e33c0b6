import type { CoreV1Api } from "@kubernetes/client-node";

/**
 * Ends the pods of a release that is being deleted at once. Promtail would go
 * on trying to send its last lines to a Loki that is gone, for the 30 s that
 * the cluster gives it, and the namespace would wait for it and half as long again.
 */
export async function endPods(kubeconfig: string, namespace: string): Promise<void> {
  const { KubeConfig, CoreV1Api: Api } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const api: CoreV1Api = config.makeApiClient(Api);
  try {
    await api.deleteCollectionNamespacedPod({ namespace, gracePeriodSeconds: 0 });
  } catch {
    // Only a matter of time: they end by themselves.
  }
}
