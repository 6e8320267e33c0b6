import { serverOf } from "../../stack/cluster/current-kubeconfig.ts";
import { refusals } from "../../stack/cluster/refusal.ts";
import { sharedLogin, withSharedLogin } from "../../stack/cluster/shared-login.ts";
import { UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import type { OpenStack } from "./stack.ts";
import { type State, secretValue } from "./state.ts";

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
  kubeconfig: string,
  plan: Plan,
): Promise<void> {
  const provider = state.find("pulumi:providers:kubernetes", "existing-kubernetes");
  const kept = secretValue(provider?.inputs?.kubeconfig);
  const wanted = withSharedLogin(kubeconfig);
  if (provider === undefined || kept === wanted) return;
  const hasNamespace = state.find("kubernetes:core/v1:Namespace") !== undefined;
  if (hasNamespace && typeof kept === "string") await refuseOtherCluster(kept, kubeconfig, plan);
  await stack.importStack(state.withSecretInput(provider.urn, "kubeconfig", wanted));
}

/** In another cluster, Pulumi would find no objects, and would drop the stack without deleting anything. */
async function refuseOtherCluster(kept: string, kubeconfig: string, plan: Plan): Promise<void> {
  if (serverOf(kept) === serverOf(kubeconfig)) return;
  const { CoreV1Api } = await import("@kubernetes/client-node");
  const { ClusterClient } = await import("../../stack/cluster/client.ts");
  const { settings, stack, names } = plan;
  try {
    await new ClusterClient(kubeconfig)
      .makeApiClient(CoreV1Api)
      .readNamespace({ name: names.serverNamespace });
  } catch (error) {
    if ((error as { code?: number }).code !== 404) {
      throw new UserError(refusals(error, kubeconfig), "readiness");
    }
    throw new UserError(
      {
        what: `context = "${settings.context}" is not the cluster of the stack ${stack}`,
        why: `the stack is at ${serverOf(kept)}; ${serverOf(kubeconfig)} has no namespace ${names.serverNamespace}`,
        fix: `set kubeconfig and context in Pulumi.${stack}.yaml to the stack's cluster`,
      },
      "readiness",
    );
  }
}
