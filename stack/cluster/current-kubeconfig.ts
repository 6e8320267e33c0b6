import { parse } from "yaml";
import type { Plan } from "../plan.ts";
import { kubeconfigFiles, readContext } from "./kubeconfig.ts";

/** The existing cluster's kubeconfig, as the settings name it. */
export function kubeconfigOfSettings({ settings, root }: Plan): string {
  return readContext(kubeconfigFiles(settings.kubeconfig, root), settings.context ?? "");
}

/**
 * A stack keeps the kubeconfig that it was made with, in which a login may have expired since:
 * the settings' own takes its place, where it is for the same API server and can be read.
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
