import { UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { sayRepaired } from "../terminal/say.ts";
import * as engine from "./engine-objects.ts";
import { explainFailure } from "./explain.ts";
import { isRecorded, removeOtherVersions, repairRelease } from "./helm-release.ts";
import { removeStaleLocks, wasKilled } from "./lock.ts";
import type { Command } from "./run-failures.ts";
import { kubeconfigOf, type OpenStack } from "./stack.ts";
import { State, type StateResource } from "./state.ts";

/**
 * Repairs what a killed run left unfinished, so that the next one can continue: stale locks, pending
 * operations, containers missing in the state, a deleted cluster, an unfinished release. `existing`
 * is the kubeconfig of an existing cluster, `namespaces` are the stack's namespaces that exist in it.
 */
export async function repair(...on: Parameters<typeof repaired>): ReturnType<typeof repaired> {
  try {
    return await repaired(...on);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const [, plan, command] = on;
    throw new UserError(explainFailure(error as Error, [], plan, command));
  }
}

async function repaired(
  opened: OpenStack,
  plan: Plan,
  command: Command,
  existing: string | undefined,
  namespaces: readonly string[] = [],
) {
  const isLocal = plan.settings.cluster === "local";
  const locks = removeStaleLocks(opened.backend.folder, plan.stack);
  let state = new State(opened.state);
  const pending = state.pendingOperations.length;
  const interrupted = wasKilled(opened.name) || locks > 0 || pending > 0;
  const objects = isLocal ? await engine.engineObjects(plan) : [];
  const unknown = objects.filter((object) => !state.resources.some(({ id }) => id === object.id));
  engine.refuseOtherProjects(unknown, plan);
  if (!interrupted) {
    engine.refuseOtherBackends(unknown, plan);
    refuseOthersNamespaces(state, plan, namespaces);
  }
  const done: string[] = [];
  if (locks > 0) done.push("the lock of a killed run");
  if (pending > 0) done.push(`${pending} interrupted operations`);

  const isGone = (one: StateResource | undefined) =>
    one !== undefined && !objects.some(({ id }) => id === one.id);
  const gone: (StateResource | undefined)[] = [];
  if (isGone(state.node)) {
    gone.push(state.node);
    done.push("the local cluster, which was deleted");
  }
  const registry = state.find("docker:index/container:Container", "registry");
  if (isGone(registry)) {
    // A pushed image is deleted with the registry, and must be pushed again.
    gone.push(registry, state.find("docker:index/image:Image"));
    done.push("the local registry, which was deleted");
  }
  if (gone.length > 0 || pending > 0) {
    state = state.without((one) => gone.some((other) => other?.urn === one.urn));
    await opened.stack.importStack(state.deployment);
  }
  done.push(...(await engine.removeObjects(unknown)));
  if (command === "up") done.push(...(await engine.startStopped(objects, state)));
  // `down` deletes a local cluster with everything in it.
  if (interrupted && !(command === "down" && isLocal)) {
    const kubeconfig = await kubeconfigOf(plan, state, existing);
    const isInState = state.release !== undefined;
    if (kubeconfig && command === "up")
      done.push(...(await removeOtherVersions(kubeconfig, plan, isInState)));
    if (kubeconfig) done.push(...(await repairRelease(kubeconfig, plan, isInState)));
  }
  const { release } = state;
  // Helm fails to uninstall a release without a record; its objects are deleted as those of a killed run.
  const isUnrecorded =
    command === "down" && !isLocal && release && existing && !(await isRecorded(existing, plan));
  if (isUnrecorded) {
    state = state.without(({ urn }) => urn === release.urn);
    await opened.stack.importStack(state.deployment);
    done.push(`the record of the Helm release ${plan.names.release}, which is gone`);
  }
  sayRepaired(done);
  // Whether the previous run was killed, and the state after the repair.
  return { interrupted: interrupted || Boolean(isUnrecorded), state };
}

/**
 * Namespaces with this stack's name that are not in its state belong to another stack of the same
 * name: a colleague's, or one whose state is lost.
 */
function refuseOthersNamespaces(state: State, { stack, names }: Plan, namespaces: readonly string[]): void {
  const [first] = namespaces;
  if (first === undefined || state.find("kubernetes:core/v1:Namespace")) return;
  throw new UserError(
    {
      what: `the namespace ${first} already exists and does not belong to this stack`,
      why: `another stack named ${stack} created it, or this stack's state is lost`,
      fix: `npm run up -- --config name=${names.instance}-2   (or, if it is not needed: kubectl delete namespace ${namespaces.join(" ")})`,
    },
    "readiness",
  );
}
