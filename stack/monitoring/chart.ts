import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Settings } from "../settings/schema.ts";
import { chartVersion, type Versions } from "./versions.ts";

/** Arguments of `helm.v3.Release`. */
export interface Chart {
  readonly chart: string;
  readonly version?: string;
  readonly repositoryOpts?: { readonly repo: string };
}

/** The chart's public repository. */
export const chartRepository = "https://grafana.github.io/helm-charts";

/**
 * The chart of the settings: loki-stack from the public repository, a URL, or a path relative to
 * the project's folder; with `versions=maintained`, the folder that the preflight checks fill.
 */
export function chartOf(
  { versions, lokiStackChart: setting }: Pick<Settings, "versions" | "lokiStackChart">,
  root: string,
): Chart {
  if (versions === "maintained") return { chart: join(root, ".latency-lab", "charts", "maintained") };
  if (setting === "loki-stack") {
    return { chart: "loki-stack", version: chartVersion, repositoryOpts: { repo: chartRepository } };
  }
  if (setting.startsWith("oci://")) return { chart: setting, version: chartVersion };
  return /^https?:\/\//.test(setting) ? { chart: setting } : { chart: userPath(setting, root) };
}

/** The name in the Chart.yaml of the chart that installs `versions`. */
export function chartName(versions: Versions): string {
  return versions === "chart" ? "loki-stack" : "latency-lab-monitoring";
}

/** A path of the settings: relative to the project's folder, or to the home with `~/`. */
export function userPath(setting: string, root: string): string {
  return setting.startsWith("~/") ? join(homedir(), setting.slice(2)) : resolve(root, setting);
}
