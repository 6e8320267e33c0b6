// What a run costs that has nothing to do: the engine's and the providers' own time is the
// floor of every program.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeconfigPath, readContext } from "../../stack/cluster/kubeconfig.ts";
import { type Candidate, median, ratio, timed } from "../measure.ts";
import { type Measurement, type Row, seconds } from "../measurement.ts";
import { needsCluster } from "../site/needs.ts";
import { Site } from "../site/site.ts";

const rounds = 5;

const stack = "bench";

export const noChange: Measurement = {
  name: "no-change",
  title: "A run that changes nothing, as a whole process",
  missing: needsCluster,
  measure: async () => {
    const site = new Site("existing");
    await site.up(stack);
    const folder = mkdtempSync(join(tmpdir(), "latency-lab-floor-"));
    const { kubeconfig, context = "" } = site.settings();
    writeFileSync(
      join(folder, "kubeconfig"),
      readContext(kubeconfigPath(kubeconfig, process.cwd()), context),
      { mode: 0o600 },
    );
    const floor = (what: string): Candidate => ({
      name: "a provider and one ConfigMap",
      command: process.execPath,
      args: ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "floor.ts"), what, folder],
    });
    const run = (candidate: Candidate) =>
      execFileSync(candidate.command, candidate.args, { stdio: "ignore" });
    try {
      run(floor("up"));
      const ours = { name: "latency-lab", command: process.execPath, ...at(site) };
      const previews = timed(
        [{ ...ours, args: ["cli/bootstrap.mjs", "bench/no-change/preview.ts", stack] }, floor("preview")],
        rounds,
      );
      const ups = timed(
        [{ ...ours, args: site.arguments("up", "--stack", stack, "--yes", "--json") }, floor("up")],
        rounds,
      );
      return [row("`preview`", previews), { ...row("second `up`", ups), wanted: "≤ 1.5 ×" }];
    } finally {
      run(floor("destroy"));
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function at({ checkout }: Site): { cwd: string; env: NodeJS.ProcessEnv } {
  return { cwd: checkout.folder, env: checkout.environment };
}

function row(figure: string, [ours, floor]: ReturnType<typeof timed>): Row {
  if (!ours || !floor) throw new Error("not both were timed");
  return {
    figure,
    ours: seconds(median(ours.seconds)),
    beside: `${seconds(median(floor.seconds))}: ${floor.name}`,
    ratio: ratio(ours, floor),
  };
}
