import type { Versions } from "../../stack/monitoring/versions.ts";
import type { Plan } from "../../stack/plan.ts";
import { kubeconfigOf } from "./stack.ts";
import type { State } from "./state.ts";

/** What replaces the running release if the setting `versions` was changed; else undefined. */
export function changedVersions(
  state: State | undefined,
  { settings }: Pick<Plan, "settings">,
): { from: Versions; to: Versions } | undefined {
  const release = state?.find("kubernetes:helm.sh/v3:Release");
  if (release === undefined) return undefined;
  const { loki } = (release.inputs?.values ?? {}) as { loki?: { deploymentMode?: string } };
  const from = loki?.deploymentMode === undefined ? "chart" : "maintained";
  return from === settings.versions ? undefined : { from, to: settings.versions };
}

/** What the replacement deletes and what it keeps. */
export const replacement =
  "the metrics and logs that were collected, and what was saved in Grafana, are deleted, on volumes too; settings, password, dashboards and the server are kept";

/**
 * Deletes the volume claims of StatefulSets, which Helm leaves: the other `versions` could not read
 * them. Each stays until its pod is gone.
 */
export async function deleteClaims(plan: Plan, state: State, existing: string | undefined): Promise<void> {
  const node = state.find("docker:index/container:Container", "node")?.id;
  const kubeconfig = await kubeconfigOf(plan, existing, node);
  if (!kubeconfig) return;
  const { CoreV1Api } = await import("@kubernetes/client-node");
  const { ClusterClient } = await import("../../stack/cluster/client.ts");
  const api = new ClusterClient(kubeconfig).makeApiClient(CoreV1Api);
  const namespace = plan.names.monitoringNamespace;
  const { items } = await api.listNamespacedPersistentVolumeClaim({ namespace });
  const left = items.filter(({ metadata }) => !metadata?.annotations?.["meta.helm.sh/release-name"]);
  for (const { metadata } of left) {
    await api.deleteNamespacedPersistentVolumeClaim({ namespace, name: metadata?.name ?? "" });
  }
}
