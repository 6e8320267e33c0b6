// What the end-to-end tests run on, taken from the environment as a user's settings
// would give it, and whether that is enough to run them.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { firstLineOf } from "../stack/errors.ts";

const exec = promisify(execFile);

const root = join(import.meta.dirname, "..");

/** Settings for every run: where the chart comes from, which mirrors the images. */
export function commonSettings(): Record<string, string> {
  return fromEnvironment({ lokiStackChart: "E2E_CHART", registryMirrors: "E2E_REGISTRY_MIRRORS" });
}

/** Settings of an existing cluster, or the reason why there is none to test on. */
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

/** Settings of a site without internet: a mirror of every image, an npm registry; or what is missing for it. */
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

/** Why the tests can't run on this machine: every reason, or none. */
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

/** A plugin is there, or can be brought: Pulumi does the same at the first `up`. */
function plugin(name: string): Promise<string | undefined> {
  const file = join(root, "node_modules", "@pulumi", name, "package.json");
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
  return reason(`Pulumi's plugin ${name} ${version} can't be had`, "pulumi", [
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
