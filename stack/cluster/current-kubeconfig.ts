import { parse } from "yaml";
import type { Plan } from "../plan.ts";
import { kubeconfigFiles, readContext } from "./kubeconfig.ts";

/** The existing cluster's kubeconfig, from the settings. */
export function kubeconfigOfSettings({ settings, root }: Plan): string {
  return readContext(kubeconfigFiles(settings.kubeconfig, root), settings.context ?? "");
}

/**
 * The stack's outputs keep the kubeconfig it was created with, whose login may have expired.
 * The kubeconfig of the settings replaces it if it can be read and has the same API server.
 */
export function currentKubeconfig(kept: string, plan: Plan): string {
  if (plan.settings.cluster === "local") return kept;
  try {
    const current = kubeconfigOfSettings(plan);
    return serverOf(current) === serverOf(kept) ? current : kept;
  } catch {
    return kept;
  }
}

export function serverOf(kubeconfig: string): string {
  return String(parse(kubeconfig).clusters[0]?.cluster?.server);
}
