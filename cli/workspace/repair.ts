import type { Prepared } from "../../stack/checks/prepare.ts";
import { localKubeconfig } from "../../stack/cluster/local-kubeconfig.ts";
import { UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { say, styled } from "../terminal/say.ts";
import { engineObjects, removeUnknownContainers } from "./containers.ts";
import { mendRelease } from "./helm.ts";
import { removeStaleLocks } from "./lock.ts";
import { wasKilled } from "./running.ts";
import type { OpenStack } from "./stack.ts";
import { State } from "./state.ts";

/**
 * Mends what a killed run left behind, so that the next one simply goes on:
 * a lock of a process that is gone, operations that were begun, containers
 * nobody noted down, a cluster that is no longer there, a release cut in half.
 * Says whether there was such a run.
 */
export async function repair(
  opened: OpenStack,
  plan: Plan,
  prepared: Pick<Prepared, "existing">,
): Promise<{ interrupted: boolean }> {
  const backendUrl = opened.backend.env.PULUMI_BACKEND_URL ?? opened.backend.description;
  const locks = removeStaleLocks(backendUrl, "latency-lab", plan.stack);
  const state = new State(opened.state);
  const pending = state.pendingOperations.length;
  const interrupted = wasKilled(opened.name) || locks > 0 || pending > 0;
  if (!interrupted) refuseOthersNamespaces(state, prepared, plan);
  const mended: string[] = [];
  if (locks > 0) mended.push("the lock of a run that is gone");
  if (pending > 0) mended.push(`${pending} operations that were cut off`);

  const node = state.find("docker:index/container:Container", "node");
  const containers = plan.settings.cluster === "local" ? await engineObjects("container", plan) : [];
  const nodeIsGone = node !== undefined && !containers.some(({ id }) => id === node.id);
  if (nodeIsGone) mended.push("a local cluster that is no longer there");
  if (nodeIsGone || pending > 0) {
    await opened.stack.importStack(state.without((one) => nodeIsGone && one.urn === node.urn));
  }
  if (plan.settings.cluster === "local") mended.push(...(await removeUnknownContainers(plan, state)));
  if (interrupted) {
    const kubeconfig = await kubeconfigOf(plan, prepared, nodeIsGone ? undefined : node?.id);
    const inState = state.find("kubernetes:helm.sh/v3:Release") !== undefined;
    if (kubeconfig) mended.push(...(await mendRelease(kubeconfig, plan, inState)));
  }
  for (const what of mended) say(`${styled("yellow", "mended")} ${what}`);
  return { interrupted };
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

async function kubeconfigOf(
  { settings, ports, names }: Plan,
  { existing }: Pick<Prepared, "existing">,
  node: string | undefined,
): Promise<string | undefined> {
  if (settings.cluster === "existing") return existing?.kubeconfig;
  return node === undefined ? undefined : localKubeconfig(node, ports.apiPort, names.instance);
}
