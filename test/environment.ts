// Reads from the environment where the end-to-end tests run, and checks whether they can.
import { execFile } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { firstLineOf } from "../stack/errors.ts";

const exec = promisify(execFile);

const root = join(import.meta.dirname, "..");

/** Settings of every run: sources of the chart and the images. */
export function commonSettings(): Record<string, string> {
  return fromEnvironment({ lokiStackChart: "E2E_CHART", registryMirrors: "E2E_REGISTRY_MIRRORS" });
}

/** Why tests on an existing cluster are skipped; false if they can run. */
export function noExistingCluster(): string | false {
  return process.env.E2E_KUBECONFIG ? false : "E2E_KUBECONFIG names no cluster";
}

/** Settings of `versions=maintained`, or the reason why its charts are missing. */
export function maintained(): { settings: Record<string, string> } | { missing: string } {
  const { chartsFolder } = fromEnvironment({ chartsFolder: "E2E_CHARTS" });
  return chartsFolder
    ? { settings: { versions: "maintained", chartsFolder } }
    : { missing: "NOT TESTED: versions=maintained, because E2E_CHARTS names no folder with its charts" };
}

/** All settings of a stack on the existing cluster. */
export function existingSettings(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const cluster = fromEnvironment({
    kubeconfig: "E2E_KUBECONFIG",
    context: "E2E_CONTEXT",
    registry: "E2E_REGISTRY",
    nodeAddress: "E2E_NODE_ADDRESS",
  });
  return { ...commonSettings(), cluster: "existing", context: "default", ...cluster, ...more };
}

function fromEnvironment(names: Record<string, string>): Record<string, string> {
  const entries = Object.entries(names).map(([key, variable]) => [key, process.env[variable]]);
  return Object.fromEntries(entries.filter(([, value]) => value));
}

const site = {
  imageMirror: "E2E_IMAGE_MIRROR",
  npmRegistry: "E2E_NPM_REGISTRY",
  lokiStackChart: "E2E_CHART",
};

/** Why tests of a site without internet are skipped; false if they can run. */
export function notAirGapped(): string | false {
  const absent = Object.values(site).filter((variable) => !process.env[variable]);
  return absent.length > 0 && `not in the environment: ${absent.join(", ")}`;
}

/** Settings of a site without internet: its image mirror, npm registry and chart. */
export const airGappedSettings = () => fromEnvironment(site);

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

/** The path of a program on the PATH, if there is one. */
export function onPath(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Why tests that need these programs are skipped; false if they can run. */
export function notInstalled(...names: string[]): string | false {
  const absent = names.filter((name) => onPath(name) === undefined);
  return absent.length === 0 ? false : `not on the PATH: ${absent.join(", ")}`;
}
