// Where the chart, the images and the certificates come from, checked before anything is created.
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { firstLineOf, UserError } from "../errors.ts";
import { type Digests, digestOf, emptyImage, readDigests } from "../images.ts";
import { optionalParts } from "../monitoring/options.ts";
import { type Chart, chartOf, chartVersion, distributions, images } from "../monitoring/versions.ts";
import { type Plan, settingPath } from "../plan.ts";
import { fetchThroughProxy } from "../proxy.ts";
import type { Settings } from "../settings/schema.ts";
import { writeMaintainedChart } from "./maintained-chart.ts";

const exec = promisify(execFile);

/** Finds the chart and checks that it is available and is the right one, before a cluster is created. */
export async function findChart(plan: Plan, digests?: Digests): Promise<Chart> {
  const found = chartOf(plan.settings, plan.root);
  if (plan.settings.versions === "maintained") await writeMaintainedChart(plan, digests);
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
    why = `${address} returned ${response.status}`;
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
  const problem = (what: string, why: string) =>
    new UserError({
      what: `lokiStackChart = "${setting}" ${what}`,
      why,
      fix: "npm run up -- --config lokiStackChart=PATH   (or `loki-stack` for the public repository)",
    });
  if (!existsSync(path)) throw problem("does not exist", `there is no ${path}`);
  let description: { name?: string; version?: string } | null;
  try {
    description = parse(await chartYaml(path));
  } catch {
    throw problem("is not a chart", "it has no Chart.yaml of loki-stack");
  }
  if (description?.name === "loki-stack" && description.version === chartVersion) return;
  const found = `${description?.name} ${description?.version}`;
  throw problem("is another chart", `it is ${found}; latency-lab is written for loki-stack ${chartVersion}`);
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

/** The certificates in the file of the setting `caFile`, as PEM. */
export function readAuthorities({ settings, root }: Pick<Plan, "settings" | "root">): string | undefined {
  const { caFile } = settings;
  if (caFile === undefined) return undefined;
  const file = settingPath(caFile, root);
  try {
    const pem = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
    const certificates = readFileSync(file, "utf8").match(pem) ?? [];
    if (certificates.length === 0) throw new Error(`${file} has no line -----BEGIN CERTIFICATE-----`);
    for (const certificate of certificates) new X509Certificate(certificate);
    return `${certificates.join("\n")}\n`;
  } catch (error) {
    throw new UserError(
      {
        what: `caFile = "${caFile}" is not a file of certificates`,
        why: (error as Error).message,
        fix: "npm run up -- --config caFile=PATH   (one or more certificates in PEM)",
      },
      "readiness",
    );
  }
}

/** Reads the list of digests. Throws if an image has none: it would be pulled unpinned without notice. */
export function findDigests({ settings, root }: Plan): Digests | undefined {
  const { imageDigests } = settings;
  if (imageDigests === undefined) return undefined;
  const fix = `npm run pin -- --out ${imageDigests}   (writes the list again)`;
  const problem = (what: string, why: string) =>
    new UserError({ what: `imageDigests = "${imageDigests}" ${what}`, why, fix });
  let text: string;
  try {
    text = readFileSync(settingPath(imageDigests, root), "utf8");
  } catch (error) {
    throw problem("can't be read", (error as Error).message);
  }
  const { digests, wrong } = readDigests(text);
  if (wrong.length > 0) {
    const line = JSON.stringify(wrong[0]);
    throw problem("is not a list of images", `a line must be IMAGE:TAG@sha256:DIGEST, not ${line}`);
  }
  const unpinned = pulledImages(settings).filter((reference) => digestOf(reference, digests) === undefined);
  if (unpinned.length > 0) {
    const why = "either all images are pulled by digest, or none";
    throw problem(`has no digest for ${unpinned.join(", ")}`, why);
  }
  return digests;
}

/** Every image that a stack with these settings pulls by tag. Images named by digest are pinned already. */
export function pulledImages(settings: Plan["settings"]): string[] {
  const { versions, persistence, nodeAccess } = settings;
  const { collector } = distributions[versions];
  const absent = Object.entries(optionalParts(settings))
    .filter(([, runs]) => !runs)
    .map(([part]) => (part === "promtail" ? collector : part));
  if (!persistence || !nodeAccess) absent.push("initChownData");
  const chart = images[versions]
    .filter(({ at }) => !at.split(".").some((key) => absent.some((part) => key.endsWith(part))))
    .map(({ reference }) => reference);
  return [...engineImages(settings).filter((reference) => !reference.includes("@")), ...chart];
}

/** The images that the engine pulls: those of a local cluster, and of the build. */
export function engineImages(settings: Plan["settings"]): string[] {
  const { cluster, k3sImage, registryImage, nodeImage, baseImage } = settings;
  const ofCluster = cluster === "local" ? [k3sImage, registryImage] : [];
  return [...ofCluster, nodeImage, ...(baseImage === emptyImage ? [] : [baseImage])];
}
