// One Helm chart that contains the charts of `versions=maintained`, as loki-stack contains its own.
// So a change between the two replaces one release.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Problem, UserError } from "../errors.ts";
import { chartName, chartOf, userPath } from "../monitoring/chart.ts";
import { maintainedCharts } from "../monitoring/versions.ts";
import type { Plan } from "../plan.ts";
import { fetchThroughProxy } from "../proxy.ts";

/** Writes the chart. Takes the charts in it from the folder of the settings, else downloads them. */
export async function writeMaintainedChart({ settings, root }: Pick<Plan, "settings" | "root">) {
  const { chart } = chartOf(settings, root);
  const inside = join(chart, "charts");
  mkdirSync(inside, { recursive: true });
  const found = await Promise.all(
    maintainedCharts.map(async ({ name, version, repository }): Promise<Problem[]> => {
      const file = `${name}-${version}.tgz`;
      try {
        const given = settings.chartsFolder && join(userPath(settings.chartsFolder, root), file);
        if (given) replace(join(inside, file), readFileSync(given));
        else if (!existsSync(join(inside, file))) {
          const url = `https://github.com/${repository}/releases/download/${name}-${version}/${file}`;
          replace(join(inside, file), await download(url));
        }
        return [];
      } catch (error) {
        return [missing(file, (error as Error).message, settings.chartsFolder)];
      }
    }),
  );
  const problems = found.flat();
  if (problems.length > 0) throw new UserError(problems, "readiness");
  replace(join(chart, "Chart.yaml"), chartYaml());
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

/** Writes a file at once: another run of the same project may read it. */
function replace(path: string, content: string | Buffer): void {
  const next = `${path}.${process.pid}`;
  writeFileSync(next, content);
  renameSync(next, path);
}

async function download(url: string): Promise<Buffer> {
  try {
    const response = await fetchThroughProxy(url, { signal: AbortSignal.timeout(60_000) });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { message?: string } };
    throw new Error(`${url}: ${cause?.message ?? message}`);
  }
}

function missing(file: string, why: string, folder: string | undefined): Problem {
  return {
    what: folder ? `chartsFolder = "${folder}" has no ${file}` : `the chart ${file} can't be downloaded`,
    why,
    fix: `npm run up -- --config chartsFolder=PATH   (a folder with ${file}, pulled on a machine with internet access)`,
  };
}
