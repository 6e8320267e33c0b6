import { isDeepStrictEqual } from "node:util";
import { gunzipSync } from "node:zlib";
import type { CoreV1Api, KubernetesObject, KubernetesObjectApi } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { UserError } from "../../../stack/errors.ts";
import type { Plan } from "../../../stack/plan.ts";
import type { Prepared } from "../../../stack/preflight/preflight.ts";
import { say, styled } from "../../terminal/say.ts";
import { kubeconfigOf } from "../stack.ts";
import { State } from "../state.ts";
import { waitUntilGone } from "./helm.ts";

/** Who the API server is told applies objects; nothing is kept under this name. */
const fieldManager = "latency-lab";

/** What Pulumi's exported state has in place of a secret. */
const secretMark = "4dabf18193072939515e22adb298388d";

/** An object as it should be. */
type Wanted = KubernetesObject & { metadata: { name: string; namespace?: string } };

/**
 * Puts back what someone deleted or changed by hand. Pulumi looks only at its own state, and
 * Helm only at its own notes, unless they are told to refresh: asking the API server about every
 * object takes a tenth of the time. Only what the program set counts: what others added
 * is theirs. Returns the state that makes Pulumi do the rest: without what was deleted, and
 * with a release that did not finish marked so. Undefined if the state is right as it is.
 */
export async function mendDrift(
  plan: Plan,
  prepared: Pick<Prepared, "existing">,
  state: State,
): Promise<State | undefined> {
  const wanted = fromState(state);
  const node = state.find("docker:index/container:Container", "node")?.id;
  const kubeconfig = wanted.length > 0 && (await kubeconfigOf(plan, prepared, node));
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
  // With a namespace everything in it goes, and comes back by Pulumi's and Helm's own hands.
  const namespaces = found[0].filter(({ wanted: { kind } }) => kind === "Namespace");
  for (const { wanted } of namespaces) await waitUntilGone(core, wanted.metadata.name);
  const [ofPulumi, note] = namespaces.length > 0 ? await look() : found;
  const whole = note?.status === "deployed" && namespaces.length === 0;
  const ofHelm = whole ? await drifted(objects, note.objects) : [];
  await mend(objects, [...ofPulumi.filter(({ change }) => change === "changed"), ...ofHelm]);

  const mended = [...ofPulumi, ...ofHelm].map(described);
  const deleted = new Set(ofPulumi.flatMap(({ urn, change }) => (change === "deleted" ? [urn] : [])));
  if (inState && note === undefined) {
    deleted.add(inState.urn);
    mended.push(`the Helm release ${release}, which was deleted`);
  }
  const unfinished = note !== undefined && note.status !== "deployed" ? inState : undefined;
  if (unfinished) mended.push(`the Helm release ${release}, which had not finished (${note?.status})`);
  for (const what of mended) say(`${styled("yellow", "mended")} ${what}`);
  if (deleted.size === 0 && !unfinished) return undefined;
  const kept = new State(state.without(({ urn }) => deleted.has(urn)));
  // Pulumi upgrades what its state says did not finish, and waits for it as for a new one.
  return unfinished ? new State(kept.withInitError(unfinished.urn, `the release is ${note?.status}`)) : kept;
}

interface Drifted {
  readonly wanted: Wanted;
  /** Of what Pulumi made; what Helm made has none. */
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

/** Applies the object without saving it: whatever that would change, someone changed by hand. */
async function compared(
  objects: KubernetesObjectApi,
  wanted: Wanted,
): Promise<Drifted["change"] | undefined> {
  const { PatchStrategy } = await import("@kubernetes/client-node");
  const { ServerSideApply, MergePatch } = PatchStrategy;
  try {
    const live = await objects.read(wanted);
    // What is on its way out is as good as gone.
    if (live.metadata?.deletionTimestamp) return "deleted";
    const body = inClientsTypes(wanted) as Wanted;
    const applied = await objects
      .patch(body, undefined, "All", fieldManager, true, ServerSideApply)
      // A list would have an entry twice, such as a port whose number was changed: lists as a whole, then.
      .catch(() => objects.patch(body, undefined, "All", fieldManager, undefined, MergePatch));
    return isDeepStrictEqual(content(applied), content(live)) ? undefined : "changed";
  } catch (error) {
    // What can't be read or applied for another reason, Pulumi will say in its own words if it matters.
    return (error as { code?: number }).code === 404 ? "deleted" : undefined;
  }
}

/** An object without what the API server itself notes about changes. */
function content({ metadata, ...object }: KubernetesObject): KubernetesObject {
  const { resourceVersion: _, generation: __, managedFields: ___, ...rest } = metadata ?? {};
  return { ...object, metadata: rest };
}

function described({ wanted: { kind, metadata }, change }: Drifted): string {
  const { name, namespace } = metadata;
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}, which was ${change}`;
}

/** The objects that Pulumi made itself, as the program described them. */
function fromState(state: State): { urn: string; wanted: Wanted }[] {
  return state.resources
    .filter(({ type }) => type.startsWith("kubernetes:") && !type.startsWith("kubernetes:helm.sh/"))
    .map(({ urn, inputs }) => ({ urn, wanted: inputs as unknown as Wanted }));
}

/** What Helm's newest note of a release says; undefined if there is none. */
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
 * Makes objects what they were, lists as a whole: whoever changed a field loses it.
 * Applying them on the server's side would leave the entries that others added to a
 * list, and a Service can't have a port twice.
 */
async function mend(objects: KubernetesObjectApi, all: readonly Drifted[]): Promise<void> {
  const { PatchStrategy } = await import("@kubernetes/client-node");
  for (const one of all) {
    const body = inClientsTypes(one.wanted) as Wanted;
    try {
      if (one.change === "deleted") await objects.create(body);
      else await objects.patch(body, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
    } catch (error) {
      throw notMended(one, error as Error & { body?: string });
    }
  }
}

function notMended(one: Drifted, { body, message }: Error & { body?: string }): UserError {
  const { kind, metadata } = one.wanted;
  const namespace = metadata.namespace === undefined ? "" : ` -n ${metadata.namespace}`;
  const said = /"message":"((?:[^"\\]|\\.)*)"/.exec(body ?? message)?.[1] ?? message;
  return new UserError({
    what: described(one),
    why: `it can't be made what it was: ${said.slice(0, 200)}`,
    fix: `kubectl delete ${kind?.toLowerCase()} ${metadata.name}${namespace}   (then run the command again)`,
  });
}

/** An object as the client's types write it, which would drop what it has no name for; and without secrets. */
function inClientsTypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inClientsTypes);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, field]) => !isSecret(field));
  return Object.fromEntries(
    entries.map(([key, field]) => [key === "from" ? "_from" : key, inClientsTypes(field)]),
  );
}

/** Whether it stands for a secret, which the state has encrypted. */
function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && secretMark in value;
}
