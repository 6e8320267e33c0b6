// Checks that the chart can be downloaded and that the registry answers.
import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { firstLineOf, type Problem, UserError } from "../errors.ts";
import { type Chart, chartOf } from "../monitoring/chart.ts";
import { chartVersion } from "../monitoring/versions.ts";
import type { Plan } from "../plan.ts";
import { fetchThroughProxy } from "../proxy.ts";
import type { Settings } from "../settings/schema.ts";
import { writeMaintainedChart } from "./maintained-chart.ts";

const exec = promisify(execFile);

/** Finds the chart and checks that it is available and is the right one, before a cluster is created. */
export async function findChart(plan: Plan): Promise<Chart> {
  const found = chartOf(plan.settings, plan.root);
  if (plan.settings.versions === "maintained") await writeMaintainedChart(plan);
  else await checkLokiStack(found, plan.settings.lokiStackChart);
  return found;
}

async function checkLokiStack({ chart, repositoryOpts }: Chart, setting: string): Promise<void> {
  if (repositoryOpts) await checkAddress(`${repositoryOpts.repo}/index.yaml`);
  else if (/^https?:/.test(chart)) await checkAddress(chart);
  else if (!chart.startsWith("oci:")) await checkPath(chart, setting);
}

async function checkAddress(address: string): Promise<void> {
  let why: string;
  try {
    const response = await fetchThroughProxy(address, { method: "HEAD", signal: AbortSignal.timeout(8000) });
    if (response.ok) return;
    why = `${address} answered ${response.status}`;
  } catch (error) {
    why = `${address}: ${firstLineOf(error)}`;
  }
  throw new UserError({
    what: "the chart loki-stack can't be downloaded",
    why,
    fix: `npm run up -- --config lokiStackChart=PATH   (a loki-stack-${chartVersion}.tgz pulled on a machine with internet access)`,
  });
}

async function checkPath(path: string, setting: string): Promise<void> {
  const problem = (why: string, what = "is not a chart"): Problem => ({
    what: `lokiStackChart = "${setting}" ${what}`,
    why,
    fix: "npm run up -- --config lokiStackChart=PATH   (or `loki-stack` for the public repository)",
  });
  if (!existsSync(path)) throw new UserError(problem(`there is no ${path}`, "does not exist"));
  let description: { name?: string; version?: string };
  try {
    description = parse(await chartYaml(path));
  } catch {
    throw new UserError(problem(`it has no Chart.yaml of loki-stack`));
  }
  if (description?.name !== "loki-stack" || description.version !== chartVersion) {
    const found = `${description?.name} ${description?.version}`;
    throw new UserError(
      problem(`it is ${found}; latency-lab is written for loki-stack ${chartVersion}`, "is another chart"),
    );
  }
}

/** The Chart.yaml of a folder or of a .tgz. */
async function chartYaml(path: string): Promise<string> {
  if (statSync(path).isDirectory()) return readFileSync(join(path, "Chart.yaml"), "utf8");
  const { stdout } = await exec("tar", ["-xzOf", path, "loki-stack/Chart.yaml"]);
  return stdout;
}

/** Checks that the registry answers; the push would fail only after the image was built. */
export async function checkRegistry({
  cluster,
  registry,
}: Pick<Settings, "cluster" | "registry">): Promise<void> {
  if (cluster === "local" || registry === undefined) return;
  const ask = (scheme: string) =>
    // Any response will do: 401 asks for the login that the push sends.
    fetchThroughProxy(`${scheme}://${registry.split("/")[0]}/v2/`, { signal: AbortSignal.timeout(8000) });
  try {
    await ask("https").catch(() => ask("http"));
  } catch (error) {
    throw new UserError({
      what: `registry = "${registry}" does not answer`,
      why: firstLineOf(error),
      fix: "npm run up -- --config registry=HOST[:PORT]/PATH",
    });
  }
}
