// Reads from the environment where the end-to-end tests run, and checks whether they can.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { firstLineOf } from "../stack/errors.ts";

const exec = promisify(execFile);

const root = join(import.meta.dirname, "..");

/** Settings of every run: sources of the chart and the images. */
export function commonSettings(): Record<string, string> {
  return fromEnvironment({ lokiStackChart: "E2E_CHART", registryMirrors: "E2E_REGISTRY_MIRRORS" });
}

/** Settings of the existing cluster, or the reason why there is none. */
export function existingCluster(): { settings: Record<string, string> } | { missing: string } {
  const settings = fromEnvironment({
    kubeconfig: "E2E_KUBECONFIG",
    context: "E2E_CONTEXT",
    registry: "E2E_REGISTRY",
    nodeAddress: "E2E_NODE_ADDRESS",
  });
  if (settings.kubeconfig === undefined) return { missing: "E2E_KUBECONFIG names no cluster" };
  return { settings: { cluster: "existing", context: "default", ...settings } };
}

/** Why tests on an existing cluster are skipped; false if they can run. */
export function noExistingCluster(): string | false {
  const existing = existingCluster();
  return "missing" in existing ? existing.missing : false;
}

/** All settings of a stack on the existing cluster. */
export function existingSettings(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const existing = existingCluster();
  return { ...commonSettings(), ...("settings" in existing ? existing.settings : {}), ...more };
}

function fromEnvironment(names: Record<string, string>): Record<string, string> {
  const entries = Object.entries(names).map(([key, variable]) => [key, process.env[variable]]);
  return Object.fromEntries(entries.filter(([, value]) => value));
}

/** Settings of a site without internet (image mirror, npm registry), or what is missing for them. */
export function airGapped(): { settings: Record<string, string> } | { missing: string } {
  const settings = fromEnvironment({
    imageMirror: "E2E_IMAGE_MIRROR",
    npmRegistry: "E2E_NPM_REGISTRY",
    lokiStackChart: "E2E_CHART",
  });
  const missing = ["imageMirror", "npmRegistry", "lokiStackChart"].filter(
    (key) => settings[key] === undefined,
  );
  if (missing.length > 0) return { missing: `nothing in the environment for ${missing.join(", ")}` };
  return { settings };
}

/** Reasons why the tests cannot run on this machine, if there are any. */
export async function missing(): Promise<string[]> {
  const checks = await Promise.all([
    reason("the Docker engine does not answer", "docker", ["info"]),
    reason("there is no Pulumi command line on the PATH", "pulumi", ["version"]),
    plugin("kubernetes"),
    plugin("docker"),
    chart(),
  ]);
  return checks.filter((one) => one !== undefined);
}

async function reason(what: string, command: string, args: string[]): Promise<string | undefined> {
  try {
    await exec(command, args, { timeout: 120_000 });
    return undefined;
  } catch (error) {
    return `${what} (${firstLineOf(error)})`;
  }
}

/** Whether a plugin is installed or can be downloaded, as Pulumi does at the first `up`. */
function plugin(name: string): Promise<string | undefined> {
  const file = join(root, "node_modules", "@pulumi", name, "package.json");
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
  return reason(`Pulumi's plugin ${name} ${version} cannot be downloaded`, "pulumi", [
    "plugin",
    "install",
    "resource",
    name,
    version,
  ]);
}

async function chart(): Promise<string | undefined> {
  if (process.env.E2E_CHART) return undefined;
  try {
    await fetch("https://grafana.github.io/helm-charts/index.yaml", {
      method: "HEAD",
      signal: AbortSignal.timeout(10_000),
    });
    return undefined;
  } catch {
    return "E2E_CHART names no chart, and its public repository can't be reached";
  }
}
