import { localKubeconfig } from "../../stack/cluster/local-kubeconfig.ts";
import type { Plan } from "../../stack/plan.ts";
import type { Prepared } from "../../stack/preflight/preflight.ts";

/** The kubeconfig of the stack's cluster; undefined when there is none yet. */
export async function kubeconfigOf(
  { settings, ports, names }: Plan,
  { existing }: Pick<Prepared, "existing">,
  node: string | undefined,
): Promise<string | undefined> {
  if (settings.cluster === "existing") return existing?.kubeconfig;
  return node === undefined ? undefined : localKubeconfig(node, ports.apiPort, names.instance);
}
