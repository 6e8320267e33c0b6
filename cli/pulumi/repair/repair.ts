import { UserError } from "../../../stack/errors.ts";
import type { Plan } from "../../../stack/plan.ts";
import { engineObjects, removeUnknownContainers, startStopped } from "../../clients/docker.ts";
import { explainFailure } from "../../failure/explain.ts";
import { say, styled } from "../../terminal/say.ts";
import { removeStaleLocks } from "../lock.ts";
import { wasKilled } from "../running.ts";
import { kubeconfigOf, type OpenStack } from "../stack.ts";
import { State, type StateResource } from "../state.ts";
import { repairRelease } from "./helm.ts";

/**
 * Repairs the leftovers of a killed run, so that the next one can continue: stale locks, pending
 * operations, containers missing in the state, a deleted cluster, an unfinished release. Returns
 * whether a run was killed, and the new state. `existing` is the kubeconfig of an existing cluster,
 * `namespaces` the stack's that it has already.
 */
export async function repair(
  opened: OpenStack,
  plan: Plan,
  command: "up" | "down",
  existing: string | undefined,
  namespaces: readonly string[] = [],
): Promise<Repaired> {
  try {
    return await repaired(opened, plan, command, existing, namespaces);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(explainFailure(error as Error, [], plan, command));
  }
}

interface Repaired {
  readonly interrupted: boolean;
  readonly state: State;
}

async function repaired(
  opened: OpenStack,
  plan: Plan,
  command: "up" | "down",
  existing: string | undefined,
  namespaces: readonly string[],
): Promise<Repaired> {
  const locks = removeStaleLocks(opened.backend.folder, "latency-lab", plan.stack);
  let state = new State(opened.state);
  const pending = state.pendingOperations.length;
  const interrupted = wasKilled(opened.name) || locks > 0 || pending > 0;
  if (!interrupted) refuseOthersNamespaces(state, plan, namespaces);
  const done: string[] = [];
  if (locks > 0) done.push("the lock of a killed run");
  if (pending > 0) done.push(`${pending} interrupted operations`);

  const node = state.find("docker:index/container:Container", "node");
  const containers = plan.settings.cluster === "local" ? await engineObjects("container", plan) : [];
  const isGone = (one: StateResource | undefined) =>
    one !== undefined && !containers.some(({ id }) => id === one.id);
  const nodeIsGone = isGone(node);
  if (nodeIsGone) done.push("the local cluster, which was deleted");
  const registry = state.find("docker:index/container:Container", "registry");
  // A pushed image is deleted with the registry, and must be pushed again.
  const pushed = isGone(registry) ? state.find("docker:index/image:Image") : undefined;
  if (isGone(registry)) done.push("the local registry, which was deleted");
  if (nodeIsGone || isGone(registry) || pending > 0) {
    const gone = [nodeIsGone ? node : undefined, isGone(registry) ? registry : undefined, pushed];
    const kept = state.without((one) => gone.some((other) => other?.urn === one.urn));
    await opened.stack.importStack(kept);
    state = new State(kept);
  }
  if (plan.settings.cluster === "local") done.push(...(await removeUnknownContainers(plan, state)));
  if (command === "up") done.push(...(await startStopped(containers, state)));
  // `down` deletes a local cluster with everything in it.
  if (interrupted && !(command === "down" && plan.settings.cluster === "local")) {
    const kubeconfig = await kubeconfigOf(plan, existing, nodeIsGone ? undefined : node?.id);
    const inState = state.find("kubernetes:helm.sh/v3:Release") !== undefined;
    if (kubeconfig) done.push(...(await repairRelease(kubeconfig, plan, inState)));
  }
  for (const what of done) say(`${styled("yellow", "repaired")} ${what}`);
  return { interrupted, state };
}

/**
 * Namespaces with this stack's name that are not in its state belong to another stack of the same
 * name: a colleague's, or one whose state is lost.
 */
function refuseOthersNamespaces(state: State, { stack, names }: Plan, namespaces: readonly string[]): void {
  const known = state.find("kubernetes:core/v1:Namespace") !== undefined;
  const [first] = namespaces;
  if (known || first === undefined) return;
  throw new UserError(
    {
      what: `the namespace ${first} already exists and does not belong to this stack`,
      why: `another stack named ${stack} created it, or this stack's state is lost`,
      fix: `npm run up -- --config name=${names.instance}-2   (or, if it is not needed: kubectl delete namespace ${namespaces.join(" ")})`,
    },
    "readiness",
  );
}
