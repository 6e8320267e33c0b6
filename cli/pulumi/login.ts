import { sharedLogin, withSharedLogin } from "../../stack/cluster/shared-login.ts";
import type { OpenStack } from "./stack.ts";
import { type State, secretValue } from "./state.ts";

/** Hands the login of this command to Pulumi's provider, and Helm in it. */
export async function handOverLogin({ stack }: OpenStack, kubeconfig: string): Promise<void> {
  const { workspace } = stack;
  workspace.envVars = { ...workspace.envVars, ...(await sharedLogin(kubeconfig)) };
}

/**
 * Puts the settings' kubeconfig into the state. `pulumi destroy` runs no program: it would take
 * the kubeconfig of the last `up`, in which a login may have expired since.
 */
export async function handOverKubeconfig(
  { stack }: OpenStack,
  state: State,
  kubeconfig: string,
): Promise<void> {
  const provider = state.find("pulumi:providers:kubernetes", "existing-kubernetes");
  const wanted = withSharedLogin(kubeconfig);
  if (provider === undefined || secretValue(provider.inputs?.kubeconfig) === wanted) return;
  await stack.importStack(state.withSecretInput(provider.urn, "kubeconfig", wanted));
}
