import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Arguments of `helm.v3.Release`. */
export interface Chart {
  readonly chart: string;
  readonly version?: string;
  readonly repositoryOpts?: { readonly repo: string };
}

/** The version that the values are written for. */
export const chartVersion = "2.10.3";

/** The chart's public repository. */
export const chartRepository = "https://grafana.github.io/helm-charts";

/**
 * The chart of the setting `lokiStackChart`: from the public repository, a URL, or a path
 * relative to the project's folder.
 */
export function lokiStackChart(setting: string, root: string): Chart {
  if (setting === "loki-stack") {
    return { chart: "loki-stack", version: chartVersion, repositoryOpts: { repo: chartRepository } };
  }
  if (setting.startsWith("oci://")) return { chart: setting, version: chartVersion };
  if (/^https?:\/\//.test(setting)) return { chart: setting };
  return { chart: setting.startsWith("~/") ? join(homedir(), setting.slice(2)) : resolve(root, setting) };
}
