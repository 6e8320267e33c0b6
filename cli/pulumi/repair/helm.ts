import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../../stack/errors.ts";
import type { Plan } from "../../../stack/plan.ts";
import { beingDeleted } from "../../../stack/preflight/owners.ts";
import { say } from "../../terminal/say.ts";

/**
 * Repairs the Helm release after a killed run. Helm refuses to upgrade a pending release or to
 * reinstall a recorded one, and ignores a half-uninstalled one. Without those records, Helm adopts
 * the objects of the release.
 */
export async function repairRelease(
  kubeconfig: string,
  plan: Plan,
  releaseInState: boolean,
): Promise<string[]> {
  const { CoreV1Api } = await import("@kubernetes/client-node");
  const { ClusterClient } = await import("../../../stack/cluster/client.ts");
  const api = new ClusterClient(kubeconfig).makeApiClient(CoreV1Api);
  const namespace = plan.names.monitoringNamespace;
  const repaired: string[] = [];

  const { items } = await api.listNamespacedSecret({
    namespace,
    labelSelector: `owner=helm,name=${plan.names.release}`,
  });
  const statusOf = ({ metadata }: (typeof items)[number]) => metadata?.labels?.status ?? "";
  const uninstalled = items.some((one) => statusOf(one).startsWith("uninstall"));
  for (const note of items) {
    const { metadata } = note;
    const status = statusOf(note);
    if (releaseInState && !uninstalled && !status.startsWith("pending-")) continue;
    await api.deleteNamespacedSecret({ namespace, name: metadata?.name ?? "" });
    repaired.push(`the Helm release, which was ${status}`);
  }
  for (const name of [plan.names.serverNamespace, namespace]) {
    if (await waitUntilGone(api, name)) repaired.push(`the namespace ${name}, which was being deleted`);
  }
  return repaired;
}

/** How long the deletion of a namespace can take; its pods have at most 30 s to end. */
const deletionSeconds = 120;

/** Waits until a namespace that is being deleted is gone: only then can it be created again. */
export async function waitUntilGone(
  api: import("@kubernetes/client-node").CoreV1Api,
  name: string,
): Promise<boolean> {
  for (let waited = 0; ; waited++) {
    const { items } = await api.listNamespace({ fieldSelector: `metadata.name=${name}` });
    const [found] = items;
    if (found?.metadata?.deletionTimestamp === undefined) return waited > 0;
    if (waited === 0) say(`waiting for the namespace ${name} to be deleted`);
    if (waited >= deletionSeconds) throw new UserError(beingDeleted(name, found));
    await sleep(1000);
  }
}
