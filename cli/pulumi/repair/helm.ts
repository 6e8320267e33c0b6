import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../../stack/errors.ts";
import type { Plan } from "../../../stack/plan.ts";
import { beingDeleted } from "../../../stack/preflight/owners.ts";
import { say } from "../../terminal/say.ts";

/**
 * Mends what a killed run left of the Helm release. Helm refuses to touch a
 * release that is pending, to install one that it has notes of, and does nothing
 * about one that it had begun to uninstall; without those notes, it adopts the
 * objects that carry the release's name.
 */
export async function mendRelease(
  kubeconfig: string,
  plan: Plan,
  releaseInState: boolean,
): Promise<string[]> {
  const { CoreV1Api } = await import("@kubernetes/client-node");
  const { ClusterClient } = await import("../../../stack/cluster/client.ts");
  const api = new ClusterClient(kubeconfig).makeApiClient(CoreV1Api);
  const namespace = plan.names.monitoringNamespace;
  const done: string[] = [];

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
    done.push(`Helm's note of a release that is ${status}`);
  }
  for (const name of [plan.names.serverNamespace, namespace]) {
    if (await waitUntilGone(api, name)) done.push(`waited for the end of namespace ${name}`);
  }
  return done;
}

/** Seconds that a namespace may take to go; the pods in it have at most 30 s to end. */
const patienceSeconds = 120;

/** A namespace that is being deleted must be gone before it can be made again. */
export async function waitUntilGone(
  api: import("@kubernetes/client-node").CoreV1Api,
  name: string,
): Promise<boolean> {
  for (let waited = 0; ; waited++) {
    const { items } = await api.listNamespace({ fieldSelector: `metadata.name=${name}` });
    const [found] = items;
    if (found?.metadata?.deletionTimestamp === undefined) return waited > 0;
    if (waited === 0) say(`waiting for the namespace ${name} to be deleted`);
    if (waited >= patienceSeconds) throw new UserError(beingDeleted(name, found));
    await sleep(1000);
  }
}
