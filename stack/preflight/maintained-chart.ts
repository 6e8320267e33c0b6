// One Helm chart that contains the charts of `versions=maintained`, as loki-stack contains its own.
// So a change between the two replaces one release.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Problem, UserError } from "../errors.ts";
import { type Digests, digestOf } from "../images.ts";
import { chartName, chartOf, maintainedCharts } from "../monitoring/versions.ts";
import { type Plan, settingPath } from "../plan.ts";
import { fetchThroughProxy } from "../proxy.ts";

/** A subchart, and the digest of its .tgz. */
interface PackedChart {
  /** Such as `grafana-community/helm-charts/loki:18.11.0`, as in the list of `npm run pin`. */
  readonly reference: string;
  readonly digest: string;
}

/**
 * Writes the chart. Takes the charts in it from the folder of the settings, else downloads them, and
 * refuses a file whose digest is not that of the list or, for a download, of the table of versions.
 */
export async function writeMaintainedChart(
  { settings, root }: Pick<Plan, "settings" | "root">,
  digests: Digests = new Map(),
): Promise<PackedChart[]> {
  const { chart } = chartOf(settings, root);
  const inside = join(chart, "charts");
  mkdirSync(inside, { recursive: true });
  const problems: Problem[] = [];
  const packed = await Promise.all(
    maintainedCharts.map(async ({ name, version, repository, digest: published }) => {
      const file = `${name}-${version}.tgz`;
      const path = join(inside, file);
      const reference = `${repository}/${name}:${version}`;
      const given = settings.chartsFolder && join(settingPath(settings.chartsFolder, root), file);
      const expected = digestOf(reference, digests) ?? (given ? undefined : published);
      try {
        const url = `https://github.com/${repository}/releases/download/${name}-${version}/${file}`;
        const content = given ? readFileSync(given) : (kept(path, expected) ?? (await download(url)));
        const digest = digestOfFile(content);
        if (expected !== undefined && digest !== expected)
          problems.push(otherDigest(given || url, digest, expected, settings.imageDigests));
        else replace(path, content);
        return { reference, digest };
      } catch (error) {
        problems.push(missing(file, (error as Error).message, settings.chartsFolder));
        return { reference, digest: "" };
      }
    }),
  );
  if (problems.length > 0) throw new UserError(problems, "readiness");
  const files = maintainedCharts.map(({ name, version }) => `${name}-${version}.tgz`);
  // Helm would install another version of a chart as well.
  for (const file of readdirSync(inside).filter((one) => one.endsWith(".tgz") && !files.includes(one)))
    rmSync(join(inside, file));
  replace(join(chart, "Chart.yaml"), chartYaml());
  return packed;
}

/** The chart of an earlier run, if it is the expected one. */
function kept(path: string, expected: string | undefined): Buffer | undefined {
  if (!existsSync(path)) return undefined;
  const content = readFileSync(path);
  return expected === undefined || digestOfFile(content) === expected ? content : undefined;
}

function digestOfFile(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

function chartYaml(): string {
  return stringify({
    apiVersion: "v2",
    name: chartName("maintained"),
    version: "1.0.0",
    dependencies: maintainedCharts.map(({ name, version }) => ({
      name,
      version,
      condition: `${name}.enabled`,
    })),
  });
}

/** Writes a file atomically: another run of the same project may read it. */
function replace(path: string, content: string | Buffer): void {
  const next = `${path}.${process.pid}`;
  writeFileSync(next, content);
  renameSync(next, path);
}

async function download(url: string): Promise<Buffer> {
  try {
    const response = await fetchThroughProxy(url, { signal: AbortSignal.timeout(60_000) });
    if (!response.ok) throw new Error(`it returned ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { message?: string } };
    throw new Error(`${url}: ${cause?.message ?? message}`);
  }
}

function missing(file: string, why: string, folder: string | undefined): Problem {
  const files = maintainedCharts.map(({ name, version }) => `${name}-${version}.tgz`);
  return {
    what: folder ? `chartsFolder = "${folder}" has no ${file}` : `the chart ${file} can't be downloaded`,
    why,
    fix: `npm run up -- --config chartsFolder=PATH   (a folder with ${files.join(", ")}, pulled on a machine with internet access)`,
  };
}

function otherDigest(source: string, found: string, expected: string, list: string | undefined): Problem {
  return {
    what: `${source} is not the chart that was expected`,
    why: `its digest is ${found}; ${list === undefined ? "its repository published" : `imageDigests = "${list}" has`} ${expected}`,
    fix:
      list === undefined
        ? "npm run up again; if the digest stays the same, the file was changed after its release"
        : `npm run pin -- --out ${list}   (if you trust the file: writes the list again)`,
  };
}
