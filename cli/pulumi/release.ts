import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import {
  AppsV1Api,
  CoreV1Api,
  type KubeConfig,
  type KubernetesObject,
  type V1Secret,
} from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { ClusterClient } from "../../stack/cluster/client.ts";
import { UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { beingDeleted } from "../../stack/preflight/owners.ts";
import { say } from "../terminal/say.ts";

/** The wanted state of an object. */
export type Wanted = KubernetesObject & { metadata: { name: string; namespace?: string } };

/** Helm's records of the stack's release, oldest first, each a Secret with its status as a label. */
export async function recordsOf(core: CoreV1Api, { names }: Plan): Promise<V1Secret[]> {
  const labelSelector = `owner=helm,name=${names.release}`;
  const { items } = await core.listNamespacedSecret({ namespace: names.monitoringNamespace, labelSelector });
  const version = ({ metadata }: V1Secret) => Number(metadata?.labels?.version);
  return items.toSorted((a, b) => version(a) - version(b));
}

export function statusOf({ metadata }: V1Secret): string {
  return metadata?.labels?.status ?? "";
}

/** Status and objects of Helm's newest record; undefined if there is none. */
export async function newestRelease(
  core: CoreV1Api,
  plan: Plan,
): Promise<{ status: string; objects: { wanted: Wanted }[] } | undefined> {
  const newest = (await recordsOf(core, plan)).at(-1);
  if (newest?.data?.release === undefined) return undefined;
  return { status: statusOf(newest), objects: contentOf(newest, plan).objects };
}

/** Whether Helm knows the stack's release. */
export async function isRecorded(kubeconfig: string, plan: Plan): Promise<boolean> {
  const core = new ClusterClient(kubeconfig).makeApiClient(CoreV1Api);
  return (await recordsOf(core, plan)).length > 0;
}

/** The chart and the objects of a release, from Helm's record. */
export function contentOf(
  { data }: V1Secret,
  { names }: Pick<Plan, "names">,
): { chart: string; objects: { wanted: Wanted }[] } {
  const packed = Buffer.from(Buffer.from(data?.release ?? "", "base64").toString(), "base64");
  const { manifest, chart } = JSON.parse(gunzipSync(packed).toString()) as {
    manifest: string;
    chart?: { metadata: { name: string } };
  };
  const namespace = names.monitoringNamespace;
  const objects = parseAllDocuments(manifest)
    .map((document) => document.toJS() as Wanted | null)
    .filter((one) => one !== null)
    .map((one) => ({ wanted: { ...one, metadata: { namespace, ...one.metadata } } }));
  return { chart: chart?.metadata.name ?? "", objects };
}

/**
 * Repairs the Helm release after a killed run. Helm refuses to upgrade a pending release or to
 * reinstall a recorded one, and ignores a half-uninstalled one. Without those records, Helm adopts
 * the objects of the release.
 */
export async function repairRelease(kubeconfig: string, plan: Plan, isInState: boolean): Promise<string[]> {
  const core = new ClusterClient(kubeconfig).makeApiClient(CoreV1Api);
  const { serverNamespace, monitoringNamespace: namespace } = plan.names;
  const repaired: string[] = [];
  const records = await recordsOf(core, plan);
  const uninstalled = records.some((one) => statusOf(one).startsWith("uninstall"));
  for (const record of records) {
    const status = statusOf(record);
    if (isInState && !uninstalled && !status.startsWith("pending-")) continue;
    await core.deleteNamespacedSecret({ namespace, name: record.metadata?.name ?? "" });
    repaired.push(`the Helm release, which was ${status}`);
  }
  for (const name of [serverNamespace, namespace]) {
    if (await waitUntilGone(core, name)) repaired.push(`the namespace ${name}, which was being deleted`);
  }
  return repaired;
}

/**
 * Deletes the release's StatefulSets without a ready pod, so that Helm creates them again. Kubernetes
 * does not replace a pod that was never ready, not even one with a wrong image
 * (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback).
 */
export async function deleteStuckSets(config: KubeConfig, { names }: Plan): Promise<string[]> {
  const apps = config.makeApiClient(AppsV1Api);
  const namespace = names.monitoringNamespace;
  const { items } = await apps.listNamespacedStatefulSet({ namespace });
  const stuck = items.filter(({ status }) => !status?.readyReplicas).map((one) => one.metadata?.name ?? "");
  for (const name of stuck) await apps.deleteNamespacedStatefulSet({ namespace, name });
  return stuck.map((name) => `StatefulSet ${namespace}/${name}, which had no ready pod`);
}

/** How long the deletion of a namespace can take; its pods have at most 30 s to end. */
const deletionSeconds = 120;

/** Waits until a namespace that is being deleted is gone: only then can it be created again. */
export async function waitUntilGone(core: CoreV1Api, name: string): Promise<boolean> {
  for (let waited = 0; ; waited++) {
    const [found] = (await core.listNamespace({ fieldSelector: `metadata.name=${name}` })).items;
    if (found?.metadata?.deletionTimestamp === undefined) return waited > 0;
    if (waited === 0) say(`waiting for the namespace ${name} to be deleted`);
    if (waited >= deletionSeconds) throw new UserError(beingDeleted(name, found));
    await sleep(1000);
  }
}
