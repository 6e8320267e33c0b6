import { UserError } from "../../../stack/errors.ts";
import type { Plan } from "../../../stack/plan.ts";
import type { Prepared } from "../../../stack/preflight/preflight.ts";
import { engineObjects, removeUnknownContainers, startStopped } from "../../clients/docker.ts";
import { explainFailure } from "../../failure/explain.ts";
import { say, styled } from "../../terminal/say.ts";
import { removeStaleLocks } from "../lock.ts";
import { wasKilled } from "../running.ts";
import { kubeconfigOf, type OpenStack } from "../stack.ts";
import { State, type StateResource } from "../state.ts";
import { mendRelease } from "./helm.ts";

/**
 * Mends what a killed run left behind, so that the next one simply goes on:
 * a lock of a process that is gone, operations that were begun, containers
 * nobody noted down, a cluster that is no longer there, a release cut in half.
 * Says whether there was such a run, and what the state is then.
 */
export async function repair(
  opened: OpenStack,
  plan: Plan,
  prepared: Pick<Prepared, "existing">,
  command: "up" | "down",
): Promise<Repaired> {
  try {
    return await repaired(opened, plan, prepared, command);
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
  prepared: Pick<Prepared, "existing">,
  command: "up" | "down",
): Promise<Repaired> {
  const locks = removeStaleLocks(opened.backend.folder, "latency-lab", plan.stack);
  let state = new State(opened.state);
  const pending = state.pendingOperations.length;
  const interrupted = wasKilled(opened.name) || locks > 0 || pending > 0;
  if (!interrupted) refuseOthersNamespaces(state, prepared, plan);
  const mended: string[] = [];
  if (locks > 0) mended.push("the lock of a run that is gone");
  if (pending > 0) mended.push(`${pending} operations that were cut off`);

  const node = state.find("docker:index/container:Container", "node");
  const containers = plan.settings.cluster === "local" ? await engineObjects("container", plan) : [];
  const isGone = (one: StateResource | undefined) =>
    one !== undefined && !containers.some(({ id }) => id === one.id);
  const nodeIsGone = isGone(node);
  if (nodeIsGone) mended.push("a local cluster that is no longer there");
  const registry = state.find("docker:index/container:Container", "registry");
  // An image that was pushed is gone with the registry, and must be pushed again.
  const pushed = isGone(registry) ? state.find("docker:index/image:Image") : undefined;
  if (isGone(registry)) mended.push("a local registry that is no longer there");
  if (nodeIsGone || isGone(registry) || pending > 0) {
    const gone = [nodeIsGone ? node : undefined, isGone(registry) ? registry : undefined, pushed];
    const kept = state.without((one) => gone.some((other) => other?.urn === one.urn));
    await opened.stack.importStack(kept);
    state = new State(kept);
  }
  if (plan.settings.cluster === "local") mended.push(...(await removeUnknownContainers(plan, state)));
  if (command === "up") mended.push(...(await startStopped(containers, state)));
  // What is in a local cluster goes with it.
  if (interrupted && !(command === "down" && plan.settings.cluster === "local")) {
    const kubeconfig = await kubeconfigOf(plan, prepared, nodeIsGone ? undefined : node?.id);
    const inState = state.find("kubernetes:helm.sh/v3:Release") !== undefined;
    if (kubeconfig) mended.push(...(await mendRelease(kubeconfig, plan, inState)));
  }
  for (const what of mended) say(`${styled("yellow", "mended")} ${what}`);
  return { interrupted, state };
}

/**
 * Namespaces of this stack's name that this stack's state does not know belong
 * to another stack of the same name: a colleague's, or one whose state is lost.
 */
function refuseOthersNamespaces(
  state: State,
  { existing }: Pick<Prepared, "existing">,
  { stack, names }: Plan,
): void {
  const known = state.find("kubernetes:core/v1:Namespace") !== undefined;
  const [first] = existing?.namespaces ?? [];
  if (known || first === undefined) return;
  throw new UserError(
    {
      what: `the namespace ${first} exists already, and is not this stack's`,
      why: `another stack named ${stack} made it, or the state of this one is lost`,
      fix: `npm run up -- --config name=${names.instance}-2   (or, when nobody needs it: kubectl delete namespace ${existing?.namespaces.join(" ")})`,
    },
    "readiness",
  );
}
