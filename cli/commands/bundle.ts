import { execFile } from "node:child_process";
import * as fs from "node:fs";
import { homedir, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import type { Command } from "commander";
import { parse } from "yaml";
import { dockerLines } from "../../stack/docker.ts";
import { UserError } from "../../stack/errors.ts";
import { chartOf, chartRepository, chartVersion } from "../../stack/monitoring/versions.ts";
import type { Plan } from "../../stack/plan.ts";
import { writeMaintainedChart } from "../../stack/preflight/maintained-chart.ts";
import { findDigests } from "../../stack/preflight/sources.ts";
import { fetchThroughProxy } from "../../stack/proxy.ts";
import { type CommonOptions, planOf } from "../options.ts";
import { outputsOf } from "../pulumi/outputs.ts";
import { outputFile, root } from "../pulumi/paths.ts";
import { exitCodes, say, sayResult, styled } from "../terminal/say.ts";
import { type BundledImage, imagesOf } from "./images.ts";

const exec = promisify(execFile);

export const define = (command: Command) =>
  command
    .requiredOption("-o, --out <file>", "the .tgz to write")
    .option("--images", "include the images themselves, not only their list (over 1 GB)", false);

/** Writes one file with everything that a site without internet access needs. */
export async function run(options: CommonOptions & { out: string; images: boolean }): Promise<number> {
  const { stack, out, images: withImages } = options;
  const plan = planOf(stack);
  const outputs = await outputsOf(stack);
  const file = outputFile(out);
  const work = fs.mkdtempSync(join(tmpdir(), "latency-lab-bundle-"));
  const folder = join(work, "bundle");
  fs.mkdirSync(folder);
  try {
    const images = await imagesOf(plan, outputs);
    const list = images.map(({ reference, digest }) => {
      const bare = reference.split("@")[0];
      return digest === "" ? `${bare}\n` : `${bare}@${digest}\n`;
    });
    fs.writeFileSync(join(folder, "images.txt"), list.join(""));
    say(`${images.length} images listed`);
    const chart = await bundleCharts(plan, folder);
    say(`chart ${chart}`);
    await fillNpmCache(join(folder, "npm-cache"), work);
    say("npm packages of the project and of the image's build");
    const plugins = bundlePlugins(join(folder, "plugins"));
    say(`Pulumi plugins: ${plugins.length > 0 ? plugins.join(", ") : "none are installed here"}`);
    if (withImages) {
      await saveImages(images, join(folder, "images.tar"));
      say("the images themselves");
    }
    fs.copyFileSync(join(root, "docs", "offline.md"), join(folder, "README.md"));
    await exec("tar", ["-czf", file, "-C", folder, "."]);
    const mebibytes = (fs.statSync(file).size / 2 ** 20).toFixed(0);
    sayResult({ stack, file, images, chart, plugins }, () =>
      say(`\n${styled(["green", "bold"], file)} (${mebibytes} MiB): its README.md explains how to use it`),
    );
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
  return exitCodes.ok;
}

/** Writes the chart, or the charts, into a folder as .tgz, and returns the setting that uses them. */
async function bundleCharts(plan: Plan, folder: string): Promise<string> {
  if (plan.settings.versions === "chart") return `lokiStackChart=${await bundleChart(plan, folder)}`;
  await writeMaintainedChart(plan, findDigests(plan));
  const { chart } = chartOf(plan.settings, plan.root);
  fs.cpSync(join(chart, "charts"), join(folder, "charts"), { recursive: true });
  return "chartsFolder=charts";
}

async function bundleChart({ settings, root }: Plan, folder: string): Promise<string> {
  const { chart, repositoryOpts } = chartOf(settings, root);
  if (repositoryOpts === undefined && !/^https?:/.test(chart)) {
    if (chart.startsWith("oci:") || fs.statSync(chart).isDirectory())
      throw new UserError({
        what: `lokiStackChart = "${chart}" is not a single file`,
        why: "a bundle contains the chart as one .tgz",
        fix: "helm pull or helm package it, then: npm run up -- --config lokiStackChart=./loki-stack-2.10.3.tgz",
      });
    fs.copyFileSync(chart, join(folder, basename(chart)));
    return basename(chart);
  }
  const url = repositoryOpts === undefined ? chart : await urlInRepository();
  const response = await fetchThroughProxy(url);
  if (!response.ok) throw new Error(`${url} returned ${response.status}`);
  const name = `loki-stack-${chartVersion}.tgz`;
  fs.writeFileSync(join(folder, name), Buffer.from(await response.arrayBuffer()));
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

/**
 * Fills an npm cache with every package of both lockfiles, so that `npm ci --offline --cache DIR`
 * works without a registry.
 */
async function fillNpmCache(cache: string, work: string): Promise<void> {
  // The project's lockfile includes its workspace, the service.
  for (const [name, files] of [
    ["project", ["package.json", "package-lock.json", "service/package.json"]],
    ["image", ["service/package.json", "service/package-lock.json"]],
  ] as const) {
    for (const file of files) fs.cpSync(join(root, file), join(work, name, file));
    const cwd = join(work, name, name === "image" ? "service" : "");
    const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
    await exec("npm", ["ci", "--ignore-scripts", ...quiet, "--cache", cache], { cwd, maxBuffer: 1 << 26 });
  }
  // The logs contain paths of this machine.
  fs.rmSync(join(cache, "_logs"), { recursive: true, force: true });
}

/** Copies the provider plugins in the SDKs' versions. Returns the names of those that are installed here. */
function bundlePlugins(folder: string): string[] {
  const plugins = join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "plugins");
  return ["kubernetes", "docker"].flatMap((name) => {
    const file = join(root, "node_modules", "@pulumi", name, "package.json");
    const plugin = `resource-${name}-v${JSON.parse(fs.readFileSync(file, "utf8")).version}`;
    if (!fs.existsSync(join(plugins, plugin))) return [];
    fs.cpSync(join(plugins, plugin), join(folder, plugin), { recursive: true });
    return [plugin];
  });
}

/** Writes the images to a file for `docker load`, and pulls those that are missing in the engine. */
async function saveImages(images: readonly BundledImage[], file: string): Promise<void> {
  const references = images.map(({ reference }) => reference);
  for (const reference of references) {
    await dockerLines("image", "inspect", reference).catch(() => dockerLines("pull", "--quiet", reference));
  }
  await dockerLines("save", "--output", file, ...references);
}
