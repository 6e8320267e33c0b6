import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** As `helm.v3.Release` takes it. */
export interface Chart {
  readonly chart: string;
  readonly version?: string;
  readonly repositoryOpts?: { readonly repo: string };
}

/** The version whose behaviour the values are written for. */
export const chartVersion = "2.10.3";

/** The chart's public repository. */
export const chartRepository = "https://grafana.github.io/helm-charts";

/**
 * Where the setting `lokiStackChart` points to: the public repository, a URL,
 * or a path, which is taken from the project's folder.
 */
export function lokiStackChart(setting: string, root: string): Chart {
  if (setting === "loki-stack") {
    return { chart: "loki-stack", version: chartVersion, repositoryOpts: { repo: chartRepository } };
  }
  if (setting.startsWith("oci://")) return { chart: setting, version: chartVersion };
  if (/^https?:\/\//.test(setting)) return { chart: setting };
  return { chart: setting.startsWith("~/") ? join(homedir(), setting.slice(2)) : resolve(root, setting) };
}
