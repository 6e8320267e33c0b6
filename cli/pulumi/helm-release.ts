import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import * as k8s from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { ClusterClient } from "../../stack/cluster/client.ts";
import { type Problem, UserError } from "../../stack/errors.ts";
import { chartName } from "../../stack/monitoring/versions.ts";
import type { Plan } from "../../stack/plan.ts";
import { beingDeleted } from "../../stack/preflight/cluster-conflicts.ts";
import { say } from "../terminal/say.ts";
import { kubeconfigOf } from "./stack.ts";
import type { State } from "./state.ts";

/** The wanted state of an object. */
export type Wanted = k8s.KubernetesObject & { metadata: { name: string; namespace?: string } };

/** Helm's records of the stack's release, oldest first, each a Secret with its status as a label. */
async function recordsOf(core: k8s.CoreV1Api, { names }: Plan): Promise<k8s.V1Secret[]> {
  const labelSelector = `owner=helm,name=${names.release}`;
  const { items } = await core.listNamespacedSecret({ namespace: names.monitoringNamespace, labelSelector });
  const version = ({ metadata }: k8s.V1Secret) => Number(metadata?.labels?.version);
  return items.toSorted((a, b) => version(a) - version(b));
}

function statusOf({ metadata }: k8s.V1Secret): string {
  return metadata?.labels?.status ?? "";
}

/** Status and objects of Helm's newest record; undefined if there is none. */
export async function newestRelease(core: k8s.CoreV1Api, plan: Plan) {
  const newest = (await recordsOf(core, plan)).at(-1);
  if (newest?.data?.release === undefined) return undefined;
  return { status: statusOf(newest), objects: contentOf(newest, plan).objects };
}

/** Whether Helm knows the stack's release. */
export async function isRecorded(kubeconfig: string, plan: Plan): Promise<boolean> {
  const { core } = new ClusterClient(kubeconfig);
  return (await recordsOf(core, plan)).length > 0;
}

/** The chart and the objects of a release, from Helm's record. */
function contentOf({ data }: k8s.V1Secret, { names }: Plan): { chart: string; objects: Wanted[] } {
  const packed = Buffer.from(Buffer.from(data?.release ?? "", "base64").toString(), "base64");
  const { manifest, chart } = JSON.parse(gunzipSync(packed).toString()) as {
    manifest: string;
    chart?: { metadata: { name: string } };
  };
  const namespace = names.monitoringNamespace;
  const objects = parseAllDocuments(manifest)
    .map((document) => document.toJS() as Wanted | null)
    .filter((one) => one !== null)
    .map((one) => ({ ...one, metadata: { namespace, ...one.metadata } }));
  return { chart: chart?.metadata.name ?? "", objects };
}

/**
 * Repairs the Helm release after a killed run. Helm refuses to upgrade a pending release or to
 * reinstall a recorded one, and ignores a half-uninstalled one. Without those records, Helm adopts
 * the objects of the release.
 */
export async function repairRelease(kubeconfig: string, plan: Plan, isInState: boolean): Promise<string[]> {
  const { core } = new ClusterClient(kubeconfig);
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
export async function deleteStuckSets(config: k8s.KubeConfig, { names }: Plan): Promise<string[]> {
  const apps = config.makeApiClient(k8s.AppsV1Api);
  const namespace = names.monitoringNamespace;
  const { items } = await apps.listNamespacedStatefulSet({ namespace });
  const stuck = items.filter(({ status }) => !status?.readyReplicas).map((one) => one.metadata?.name ?? "");
  for (const name of stuck) await apps.deleteNamespacedStatefulSet({ namespace, name });
  return stuck.map((name) => `StatefulSet ${namespace}/${name}, which had no ready pod`);
}

/** How long the deletion of a namespace can take; its pods have at most 30 s to end. */
const deletionSeconds = 120;

/** Waits until a namespace that is being deleted is gone: only then can it be created again. */
export async function waitUntilGone(core: k8s.CoreV1Api, name: string): Promise<boolean> {
  for (let waited = 0; ; waited++) {
    const [found] = (await core.listNamespace({ fieldSelector: `metadata.name=${name}` })).items;
    if (found?.metadata?.deletionTimestamp === undefined) return waited > 0;
    if (waited === 0) say(`waiting for the namespace ${name} to be deleted`);
    if (waited >= deletionSeconds) throw new UserError(beingDeleted(name, found));
    await sleep(1000);
  }
}

/**
 * Deletes the objects of a release of the other `versions` that a killed run left half installed or
 * half removed: Helm would neither delete nor adopt them. Leaves an intact release to Pulumi, which
 * replaces it.
 *
 * @param seconds how long the deletion can take; a pod has at most 30 s to end
 */
export async function removeOtherVersions(
  kubeconfig: string,
  plan: Plan,
  isInState: boolean,
  seconds = 90,
): Promise<string[]> {
  const config = new ClusterClient(kubeconfig);
  const records = await recordsOf(config.core, plan);
  const isIntact = isInState && records.some((one) => statusOf(one) === "deployed");
  const others = records
    .map((one) => contentOf(one, plan))
    .filter(({ chart }) => chart !== chartName(plan.settings.versions));
  if (isIntact || others[0] === undefined) return [];
  const release = `the release of ${others[0].chart}`;
  const api = k8s.KubernetesObjectApi.makeApiClient(config);
  let left = others.flatMap(({ objects }) => objects);
  for (let waited = 0; left.length > 0; waited++) {
    if (waited > 0) await sleep(1000);
    const gone = await Promise.all(left.map((one) => isGone(api.delete(one))));
    left = left.filter((_, index) => !gone[index]);
    if (left.length > 0 && waited >= seconds)
      throw new UserError(await Promise.all(left.map((one) => notDeleted(api, one, release, seconds))));
  }
  return [`${release}, which was not removed completely`];
}

/** Whether an object is gone: deleting it again finds nothing. */
async function isGone(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return false;
  } catch (error) {
    if ((error as { code?: number }).code === 404) return true;
    throw error;
  }
}

async function notDeleted(
  api: k8s.KubernetesObjectApi,
  one: Wanted,
  release: string,
  seconds: number,
): Promise<Problem> {
  const { kind = "", metadata } = one;
  const { finalizers = [] } = (await api.read(one)).metadata ?? {};
  return {
    what: `${kind} ${metadata.namespace}/${metadata.name} of ${release} is not gone after ${seconds} s`,
    why: finalizers.length === 0 ? "it is being deleted" : `it waits for its finalizers: ${finalizers}`,
    fix: `kubectl describe ${kind.toLowerCase()} ${metadata.name} --namespace ${metadata.namespace}   (when it is gone: npm run up)`,
  };
}

/**
 * Deletes the volume claims of StatefulSets, which Helm leaves: the other `versions` could not read
 * them. Each stays until its pod is gone.
 */
export async function deleteClaims(plan: Plan, state: State, existing: string | undefined): Promise<void> {
  const kubeconfig = await kubeconfigOf(plan, state, existing);
  if (!kubeconfig) return;
  const api = new ClusterClient(kubeconfig).core;
  const namespace = plan.names.monitoringNamespace;
  const { items } = await api.listNamespacedPersistentVolumeClaim({ namespace });
  const left = items.filter(({ metadata }) => !metadata?.annotations?.["meta.helm.sh/release-name"]);
  for (const { metadata } of left) {
    await api.deleteNamespacedPersistentVolumeClaim({ namespace, name: metadata?.name ?? "" });
  }
}
