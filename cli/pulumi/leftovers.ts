import { setTimeout as sleep } from "node:timers/promises";
import { RbacAuthorizationV1Api } from "@kubernetes/client-node";
import { ClusterClient } from "../../stack/cluster/client.ts";
import { permitted } from "../../stack/cluster/refusal.ts";
import type { Plan } from "../../stack/plan.ts";
import { engineObjects } from "./engine-objects.ts";

/** The stack's objects that are still in the Docker engine. */
export async function leftInEngine(plan: Plan): Promise<string[]> {
  return (await engineObjects(plan)).map(({ kind, name }) => `${kind} ${name}`);
}

/** How long a provisioner can take to delete a volume after its claim. */
const deletionSeconds = 60;

/**
 * The stack's objects that are still in an existing cluster: namespaces, and Helm's objects outside
 * of them. Waits for objects that are being deleted. After a killed run, deletes objects that are
 * not in the state.
 */
export async function leftInCluster(kubeconfig: string, plan: Plan, interrupted: boolean): Promise<string[]> {
  const deadline = Date.now() + deletionSeconds * 1000;
  const deleted = new Set<string>();
  for (;;) {
    const left = await inCluster(kubeconfig, plan);
    const isEnd = Date.now() > deadline || !(interrupted || left.some(({ isGoing }) => isGoing));
    if (left.length === 0 || isEnd) return left.map(({ kind, name }) => `${kind} ${name}`);
    for (const { kind, name, remove } of interrupted ? left : []) {
      if (!deleted.has(`${kind} ${name}`)) await remove?.();
      deleted.add(`${kind} ${name}`);
    }
    await sleep(500);
  }
}

interface Leftover {
  readonly kind: string;
  readonly name: string;
  readonly isGoing: boolean;
  /** Deletes it; undefined for objects that are deleted with another one. */
  readonly remove?: () => Promise<unknown>;
}

type Listed = {
  metadata?: { name?: string; deletionTimestamp?: Date; annotations?: Record<string, string> };
};

async function inCluster(kubeconfig: string, { names }: Plan): Promise<Leftover[]> {
  const config = new ClusterClient(kubeconfig);
  const { core } = config;
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  const own = [names.serverNamespace, names.monitoringNamespace];
  const none = { items: [] };
  // A user who can't list a kind could not create objects of it.
  const [namespaces, roles, bindings, volumes] = await Promise.all([
    Promise.all(own.map((name) => permitted(core.readNamespace({ name }), undefined))),
    permitted(rbac.listClusterRole(), none),
    permitted(rbac.listClusterRoleBinding(), none),
    permitted(core.listPersistentVolume(), none),
  ]);
  const ofRelease = ({ metadata }: Listed) =>
    metadata?.annotations?.["meta.helm.sh/release-name"] === names.release &&
    metadata.annotations["meta.helm.sh/release-namespace"] === names.monitoringNamespace;
  const leftover =
    (kind: string, remove: (of: { name: string }) => Promise<unknown>) =>
    ({ metadata: { name = "", deletionTimestamp } = {} }: Listed): Leftover => ({
      kind,
      name,
      isGoing: deletionTimestamp !== undefined,
      remove: () => remove({ name }),
    });
  return [
    ...namespaces
      .filter((one) => one !== undefined)
      .map(leftover("namespace", (of) => core.deleteNamespace(of))),
    ...roles.items.filter(ofRelease).map(leftover("cluster role", (of) => rbac.deleteClusterRole(of))),
    ...bindings.items
      .filter(ofRelease)
      .map(leftover("cluster role binding", (of) => rbac.deleteClusterRoleBinding(of))),
    // A volume is deleted after its claim, which is deleted with the namespace.
    ...volumes.items
      .filter(({ spec }) => own.includes(spec?.claimRef?.namespace ?? ""))
      .map(({ metadata }) => ({ kind: "persistent volume", name: metadata?.name ?? "", isGoing: true })),
  ];
}

/**
 * The commands that delete a stack's objects from an existing cluster; empty if there are none.
 * Undefined if this user lacks the right to check.
 */
export async function removalCommands(kubeconfig: string, plan: Plan): Promise<string[] | undefined> {
  const { core } = new ClusterClient(kubeconfig);
  for (const name of [plan.names.serverNamespace, plan.names.monitoringNamespace]) {
    const code = await core.readNamespace({ name }).then(
      () => 200,
      (error: { code?: number }) => error.code,
    );
    if (code !== 200 && code !== 404) return undefined;
  }
  const left = (await inCluster(kubeconfig, plan)).filter(({ remove }) => remove !== undefined);
  const byKind = Map.groupBy(left, ({ kind }) => kind.replaceAll(" ", ""));
  return [...byKind].map(([kind, all]) => `kubectl delete ${kind} ${all.map(({ name }) => name).join(" ")}`);
}

/**
 * Deletes the pods of a release without a grace period. Otherwise Promtail tries for 30 s to send
 * its last lines to a Loki that no longer exists, which delays the deletion of the namespace.
 */
export async function endPods(kubeconfig: string, namespace: string): Promise<void> {
  const api = new ClusterClient(kubeconfig).core;
  // If that fails, the pods end by themselves, only later.
  await api.deleteCollectionNamespacedPod({ namespace, gracePeriodSeconds: 0 }).catch(() => {});
}
