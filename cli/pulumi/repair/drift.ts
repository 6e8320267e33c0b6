import { isDeepStrictEqual } from "node:util";
import { gunzipSync } from "node:zlib";
import type { CoreV1Api, KubernetesObject, KubernetesObjectApi } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { UserError } from "../../../stack/errors.ts";
import type { Plan } from "../../../stack/plan.ts";
import { say, styled } from "../../terminal/say.ts";
import { kubeconfigOf } from "../stack.ts";
import { State, signature } from "../state.ts";
import { waitUntilGone } from "./helm.ts";

/** The field manager of dry-run applies, which save nothing. */
const fieldManager = "latency-lab";

/** The wanted state of an object. */
type Wanted = KubernetesObject & { metadata: { name: string; namespace?: string } };

/**
 * Restores objects that were deleted or changed by hand. Without a refresh, Pulumi and Helm compare
 * only with their own records; these requests to the API server take a tenth of a refresh's time.
 * Fields that others added are kept. Returns a state that makes Pulumi do the rest: without deleted
 * objects, and with an unfinished release marked as such. Undefined if the state is correct.
 */
export async function repairDrift(
  plan: Plan,
  state: State,
  existing: string | undefined,
): Promise<State | undefined> {
  const wanted = fromState(state);
  const node = state.find("docker:index/container:Container", "node")?.id;
  const kubeconfig = wanted.length > 0 && (await kubeconfigOf(plan, existing, node));
  if (!kubeconfig) return undefined;
  const { CoreV1Api: Core, KubernetesObjectApi: Objects } = await import("@kubernetes/client-node");
  const { ClusterClient } = await import("../../../stack/cluster/client.ts");
  const config = new ClusterClient(kubeconfig);
  const objects = Objects.makeApiClient(config);
  const core = config.makeApiClient(Core);
  const { monitoringNamespace, release } = plan.names;
  const look = () => Promise.all([drifted(objects, wanted), releaseNote(core, monitoringNamespace, release)]);
  const found = await look();
  const inState = state.find("kubernetes:helm.sh/v3:Release");
  // Objects in a deleted namespace are deleted too, and Pulumi and Helm create them again.
  const namespaces = found[0].filter(({ wanted: { kind } }) => kind === "Namespace");
  for (const { wanted } of namespaces) await waitUntilGone(core, wanted.metadata.name);
  const [ofPulumi, note] = namespaces.length > 0 ? await look() : found;
  const isComplete = note?.status === "deployed" && namespaces.length === 0;
  const ofHelm = isComplete ? await drifted(objects, note.objects) : [];
  await restore(objects, [...ofPulumi.filter(({ change }) => change === "changed"), ...ofHelm]);

  const repaired = [...ofPulumi, ...ofHelm].map(described);
  const deleted = new Set(ofPulumi.flatMap(({ urn, change }) => (change === "deleted" ? [urn] : [])));
  if (inState && note === undefined) {
    deleted.add(inState.urn);
    repaired.push(`the Helm release ${release}, which was deleted`);
  }
  const unfinished = note !== undefined && note.status !== "deployed" ? inState : undefined;
  if (unfinished) repaired.push(`the Helm release ${release}, which had not finished (${note?.status})`);
  for (const what of repaired) say(`${styled("yellow", "repaired")} ${what}`);
  if (deleted.size === 0 && !unfinished) return undefined;
  const kept = new State(state.without(({ urn }) => deleted.has(urn)));
  // Pulumi upgrades an unfinished release and waits for it.
  return unfinished ? new State(kept.withInitError(unfinished.urn, `the release is ${note?.status}`)) : kept;
}

interface Drifted {
  readonly wanted: Wanted;
  /** Undefined for objects that Helm created. */
  readonly urn?: string | undefined;
  readonly change: "changed" | "deleted";
}

async function drifted(
  objects: KubernetesObjectApi,
  all: readonly { readonly wanted: Wanted; readonly urn?: string }[],
): Promise<Drifted[]> {
  const found = await Promise.all(
    all.map(async ({ wanted, urn }) => {
      const change = await compared(objects, wanted);
      return change && { wanted, urn, change };
    }),
  );
  return found.filter((one) => one !== undefined);
}

/** Compares an object with the result of a dry-run apply: a difference is a manual change. */
async function compared(
  objects: KubernetesObjectApi,
  wanted: Wanted,
): Promise<Drifted["change"] | undefined> {
  const { PatchStrategy } = await import("@kubernetes/client-node");
  const { ServerSideApply, MergePatch } = PatchStrategy;
  try {
    const live = await objects.read(wanted);
    // An object that is being deleted counts as deleted.
    if (live.metadata?.deletionTimestamp) return "deleted";
    const body = inClientsTypes(wanted) as Wanted;
    const applied = await objects
      .patch(body, undefined, "All", fieldManager, true, ServerSideApply)
      // Apply can duplicate an entry of a list, such as a changed port; a merge patch replaces the list.
      .catch(() => objects.patch(body, undefined, "All", fieldManager, undefined, MergePatch));
    return isDeepStrictEqual(content(applied), content(live)) ? undefined : "changed";
  } catch (error) {
    // If any other error matters, Pulumi will report it.
    return (error as { code?: number }).code === 404 ? "deleted" : undefined;
  }
}

/** An object without the API server's records of changes. */
function content({ metadata, ...object }: KubernetesObject): KubernetesObject {
  const { resourceVersion: _, generation: __, managedFields: ___, ...rest } = metadata ?? {};
  return { ...object, metadata: rest };
}

function described({ wanted: { kind, metadata }, change }: Drifted): string {
  const { name, namespace } = metadata;
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}, which was ${change}`;
}

/** The objects that Pulumi itself created, as declared in the program. */
function fromState(state: State): { urn: string; wanted: Wanted }[] {
  return state.resources
    .filter(({ type }) => type.startsWith("kubernetes:") && !type.startsWith("kubernetes:helm.sh/"))
    .map(({ urn, inputs }) => ({ urn, wanted: inputs as unknown as Wanted }));
}

/** Status and objects of Helm's newest record of a release; undefined if there is none. */
async function releaseNote(
  core: CoreV1Api,
  namespace: string,
  release: string,
): Promise<{ status: string; objects: { wanted: Wanted }[] } | undefined> {
  const labelSelector = `owner=helm,name=${release}`;
  const { items } = await core.listNamespacedSecret({ namespace, labelSelector });
  const newest = items
    .toSorted((a, b) => Number(a.metadata?.labels?.version) - Number(b.metadata?.labels?.version))
    .at(-1);
  const note = newest?.data?.release;
  if (note === undefined) return undefined;
  const packed = Buffer.from(Buffer.from(note, "base64").toString(), "base64");
  const { manifest } = JSON.parse(gunzipSync(packed).toString()) as { manifest: string };
  const objects = parseAllDocuments(manifest)
    .map((document) => document.toJS() as Wanted | null)
    .filter((one) => one !== null)
    .map((one) => ({ wanted: { ...one, metadata: { namespace, ...one.metadata } } }));
  return { status: newest?.metadata?.labels?.status ?? "", objects };
}

/**
 * Restores objects, and replaces whole lists. Server-side apply would keep entries that others added
 * to a list, and a Service can't have a port twice.
 */
async function restore(objects: KubernetesObjectApi, all: readonly Drifted[]): Promise<void> {
  const { PatchStrategy } = await import("@kubernetes/client-node");
  for (const one of all) {
    const body = inClientsTypes(one.wanted) as Wanted;
    try {
      if (one.change === "deleted") await objects.create(body);
      else await objects.patch(body, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
    } catch (error) {
      throw notRestored(one, error as Error & { body?: string });
    }
  }
}

function notRestored(one: Drifted, { body, message }: Error & { body?: string }): UserError {
  const { kind, metadata } = one.wanted;
  const namespace = metadata.namespace === undefined ? "" : ` -n ${metadata.namespace}`;
  const answer = /"message":"((?:[^"\\]|\\.)*)"/.exec(body ?? message)?.[1] ?? message;
  return new UserError({
    what: described(one),
    why: `it can't be restored: ${answer.slice(0, 200)}`,
    fix: `kubectl delete ${kind?.toLowerCase()} ${metadata.name}${namespace}   (then run the command again)`,
  });
}

/** An object in the client's types, where the reserved word `from` is `_from`, and without secrets. */
function inClientsTypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inClientsTypes);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, field]) => !isSecret(field));
  return Object.fromEntries(
    entries.map(([key, field]) => [key === "from" ? "_from" : key, inClientsTypes(field)]),
  );
}

/** Whether a value is an encrypted secret of the state. */
function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && signature in value;
}
