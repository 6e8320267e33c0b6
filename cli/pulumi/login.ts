import { sharedLogin, withSharedLogin } from "../../stack/cluster/exec-plugin.ts";
import { serverOf } from "../../stack/cluster/kubeconfig.ts";
import { refusals } from "../../stack/cluster/refusal.ts";
import { UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import type { OpenStack } from "./stack.ts";
import { type State, secretOf, secretValue } from "./state.ts";

/** Passes this command's login to Pulumi's provider and its Helm. */
export async function handOverLogin({ stack }: OpenStack, kubeconfig: string): Promise<void> {
  const { workspace } = stack;
  workspace.envVars = { ...workspace.envVars, ...(await sharedLogin(kubeconfig)) };
}

/**
 * Writes the settings' kubeconfig into the state. `pulumi destroy` runs no program and would use
 * the kubeconfig of the last `up`, whose login may have expired.
 */
export async function handOverKubeconfig(
  { stack }: OpenStack,
  state: State,
  current: string,
  plan: Plan,
): Promise<void> {
  const provider = state.find("pulumi:providers:kubernetes", "existing-kubernetes");
  const kept = secretValue(provider?.inputs?.kubeconfig);
  if (provider === undefined || kept === withSharedLogin(current)) return;
  const hasNamespace = state.find("kubernetes:core/v1:Namespace") !== undefined;
  if (hasNamespace && typeof kept === "string") await refuseOtherCluster(kept, current, plan);
  const { urn, inputs, outputs } = provider;
  const kubeconfig = secretOf(withSharedLogin(current));
  const changes = { inputs: { ...inputs, kubeconfig }, outputs: { ...outputs, kubeconfig } };
  await stack.importStack(state.changed(urn, changes).deployment);
}

/** In another cluster, Pulumi would find no objects, and would drop the stack without deleting anything. */
async function refuseOtherCluster(kept: string, current: string, plan: Plan): Promise<void> {
  if (serverOf(kept) === serverOf(current)) return;
  const { CoreV1Api } = await import("@kubernetes/client-node");
  const { ClusterClient } = await import("../../stack/cluster/client.ts");
  const { settings, stack, names } = plan;
  const api = new ClusterClient(current).makeApiClient(CoreV1Api);
  await api.readNamespace({ name: names.serverNamespace }).catch((error: { code?: number }) => {
    const other = {
      what: `context = "${settings.context}" is not the cluster of the stack ${stack}`,
      why: `the stack is at ${serverOf(kept)}; ${serverOf(current)} has no namespace ${names.serverNamespace}`,
      fix: `set kubeconfig and context in Pulumi.${stack}.yaml to the stack's cluster`,
    };
    throw new UserError(error.code === 404 ? other : refusals(error, current), "readiness");
  });
}
