import { isDeepStrictEqual } from "node:util";
import * as k8s from "@kubernetes/client-node";
import { ClusterClient } from "../../stack/cluster/client.ts";
import { answerOf } from "../../stack/cluster/refusal.ts";
import { UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { sayRepaired } from "../terminal/say.ts";
import { deleteStuckSets, newestRelease, type Wanted, waitUntilGone } from "./helm-release.ts";
import { kubeconfigOf } from "./stack.ts";
import { type State, signature } from "./state.ts";

/** The field manager of dry-run applies, which save nothing. */
const fieldManager = "latency-lab";

/**
 * Restores objects that were deleted or changed by hand. Without a refresh, Pulumi and Helm compare
 * only with their own records; these requests to the API server take a tenth of a refresh's time.
 * Fields that others added are kept. Returns a state that makes Pulumi do the rest: without deleted
 * objects, and with an unfinished release marked as such. Undefined if the state is correct.
 */
export async function repairDrift(plan: Plan, state: State, existing?: string): Promise<State | undefined> {
  // The objects that Pulumi itself created, as declared in the program.
  const wanted = state.resources
    .filter(({ type }) => type.startsWith("kubernetes:") && !type.startsWith("kubernetes:helm.sh/"))
    .map(({ urn, inputs }) => ({ urn, wanted: inputs as unknown as Wanted }));
  const kubeconfig = wanted.length > 0 && (await kubeconfigOf(plan, state, existing));
  if (!kubeconfig) return undefined;
  const config = new ClusterClient(kubeconfig);
  const objects = k8s.KubernetesObjectApi.makeApiClient(config);
  const { core } = config;
  const look = () => Promise.all([drifted(objects, wanted), newestRelease(core, plan)]);
  let [ofPulumi, release] = await look();
  // Objects in a deleted namespace are deleted too, and Pulumi and Helm create them again.
  const namespaces = ofPulumi.filter(({ wanted: { kind } }) => kind === "Namespace");
  for (const { wanted } of namespaces) await waitUntilGone(core, wanted.metadata.name);
  if (namespaces.length > 0) [ofPulumi, release] = await look();
  const isComplete = release?.status === "deployed" && namespaces.length === 0;
  const ofHelm =
    release && isComplete
      ? await drifted(
          objects,
          release.objects.map((wanted) => ({ wanted })),
        )
      : [];
  // Pulumi creates its own deleted objects.
  for (const one of [...ofPulumi.filter(({ change }) => change === "changed"), ...ofHelm])
    await restore(objects, one);

  const repaired = [...ofPulumi, ...ofHelm].map(described);
  const deleted = new Set(ofPulumi.flatMap(({ urn, change }) => (change === "deleted" ? [urn] : [])));
  const inState = state.release;
  const name = `the Helm release ${plan.names.release}`;
  if (inState && release === undefined) {
    deleted.add(inState.urn);
    repaired.push(`${name}, which was deleted`);
  }
  const unfinished = release !== undefined && release.status !== "deployed" ? inState : undefined;
  if (unfinished) {
    repaired.push(`${name}, which had not finished (${release?.status})`);
    repaired.push(...(await deleteStuckSets(config, plan)));
  }
  sayRepaired(repaired);
  if (deleted.size === 0 && !unfinished) return undefined;
  const kept = state.without(({ urn }) => deleted.has(urn));
  // Pulumi upgrades an unfinished release and waits for it.
  return unfinished
    ? kept.changed(unfinished.urn, { initErrors: [`the release is ${release?.status}`] })
    : kept;
}

interface Drifted {
  readonly wanted: Wanted;
  /** Undefined for objects that Helm created. */
  readonly urn?: string | undefined;
  readonly change: "changed" | "deleted";
}

async function drifted(objects: k8s.KubernetesObjectApi, all: readonly Omit<Drifted, "change">[]) {
  const found = await Promise.all(
    all.map(async (one) => ({ ...one, change: await compared(objects, one.wanted) })),
  );
  return found.filter((one) => one.change !== undefined) as Drifted[];
}

/** Compares an object with the result of a dry-run apply: a difference is a manual change. */
async function compared(objects: k8s.KubernetesObjectApi, wanted: Wanted) {
  const { ServerSideApply, MergePatch } = k8s.PatchStrategy;
  try {
    // A controller can change the object between both requests, so a difference must be seen twice.
    for (let looks = 0; looks < 2; looks++) {
      const live = await objects.read(wanted);
      // An object that is being deleted counts as deleted.
      if (live.metadata?.deletionTimestamp) return "deleted";
      const body = inClientsTypes(wanted) as Wanted;
      const applied = await objects
        .patch(body, undefined, "All", fieldManager, true, ServerSideApply)
        // Apply can duplicate an entry of a list, such as a changed port; a merge patch replaces the list.
        .catch(() => objects.patch(body, undefined, "All", fieldManager, undefined, MergePatch));
      if (isDeepStrictEqual(content(applied), content(live))) return undefined;
    }
    return "changed";
  } catch (error) {
    // If any other error matters, Pulumi will report it.
    return (error as { code?: number }).code === 404 ? "deleted" : undefined;
  }
}

/** An object without its status and the API server's records of changes. */
function content(live: k8s.KubernetesObject): k8s.KubernetesObject {
  const { metadata, status: _status, ...object } = live as k8s.KubernetesObject & { status?: unknown };
  const { resourceVersion: _, generation: __, managedFields: ___, ...rest } = metadata ?? {};
  return { ...object, metadata: rest };
}

function described({ wanted: { kind, metadata }, change }: Drifted): string {
  const { name, namespace } = metadata;
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}, which was ${change}`;
}

/**
 * Restores an object, and replaces whole lists. Server-side apply would keep entries that others added
 * to a list, and a Service can't have a port twice.
 */
async function restore(objects: k8s.KubernetesObjectApi, one: Drifted): Promise<void> {
  const body = inClientsTypes(one.wanted) as Wanted;
  try {
    if (one.change === "deleted") await objects.create(body);
    else await objects.patch(body, undefined, undefined, undefined, undefined, k8s.PatchStrategy.MergePatch);
  } catch (error) {
    const { kind, metadata } = one.wanted;
    const namespace = metadata.namespace === undefined ? "" : ` -n ${metadata.namespace}`;
    throw new UserError({
      what: described(one),
      why: `it can't be restored: ${answerOf(error as Error & { body?: unknown }).slice(0, 200)}`,
      fix: `kubectl delete ${kind?.toLowerCase()} ${metadata.name}${namespace}   (then run the command again)`,
    });
  }
}

/** An object in the client's types, where the reserved word `from` is `_from`, and without encrypted secrets. */
function inClientsTypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inClientsTypes);
  if (typeof value !== "object" || value === null) return value;
  const isSecret = (field: unknown) => typeof field === "object" && field !== null && signature in field;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => !isSecret(field))
      .map(([key, field]) => [key === "from" ? "_from" : key, inClientsTypes(field)]),
  );
}
