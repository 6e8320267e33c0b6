import { copyFileSync, cpSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { UserError } from "../../stack/errors.ts";
import { chartOf, chartRepository } from "../../stack/monitoring/chart.ts";
import { chartVersion } from "../../stack/monitoring/versions.ts";
import type { Plan } from "../../stack/plan.ts";
import { writeMaintainedChart } from "../../stack/preflight/maintained-chart.ts";
import { fetchThroughProxy } from "../../stack/proxy.ts";

/** Writes the chart, or the charts, into a folder as .tgz, and returns the setting that uses them. */
export async function bundleCharts(plan: Plan, folder: string): Promise<string> {
  if (plan.settings.versions === "chart") return `lokiStackChart=${await bundleChart(plan, folder)}`;
  await writeMaintainedChart(plan);
  cpSync(join(chartOf(plan.settings, plan.root).chart, "charts"), join(folder, "charts"), {
    recursive: true,
  });
  return "chartsFolder=charts";
}

async function bundleChart({ settings, root }: Plan, folder: string): Promise<string> {
  const { chart, repositoryOpts } = chartOf(settings, root);
  if (repositoryOpts === undefined && !/^https?:/.test(chart)) {
    if (chart.startsWith("oci:") || (await stat(chart)).isDirectory()) throw notAFile(chart);
    copyFileSync(chart, join(folder, basename(chart)));
    return basename(chart);
  }
  const url = repositoryOpts === undefined ? chart : await urlInRepository();
  const response = await fetchThroughProxy(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const name = `loki-stack-${chartVersion}.tgz`;
  writeFileSync(join(folder, name), Buffer.from(await response.arrayBuffer()));
  return name;
}

/** The chart's URL from the Helm repository's index.yaml. */
async function urlInRepository(): Promise<string> {
  const response = await fetchThroughProxy(`${chartRepository}/index.yaml`);
  const index = parse(await response.text()) as {
    entries: Record<string, { version: string; urls: string[] }[]>;
  };
  const found = index.entries["loki-stack"]?.find(({ version }) => version === chartVersion)?.urls[0];
  if (found === undefined) throw new Error(`${chartRepository} has no loki-stack ${chartVersion}`);
  return new URL(found, `${chartRepository}/`).href;
}

function notAFile(chart: string): UserError {
  return new UserError({
    what: `lokiStackChart = "${chart}" is not a single file`,
    why: "a bundle contains the chart as one .tgz",
    fix: "helm pull or helm package it, then: npm run up -- --config lokiStackChart=./loki-stack-2.10.3.tgz",
  });
}
