// Cost of a run without changes. The time of the engine and the providers is the floor.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeconfigFiles, readContext } from "../stack/cluster/kubeconfig.ts";
import { type Candidate, type Measurement, median, type Row, ratio, seconds, timed } from "./measure.ts";
import { programOf } from "./program-start.ts";
import { needsCluster, newStack } from "./stacks.ts";

const rounds = 5;

export const noChange: Measurement = {
  name: "no-change",
  title: "A run that changes nothing, as a whole process",
  missing: needsCluster,
  measure: async () => {
    const stack = newStack("bench", "existing");
    await stack.up();
    const folder = mkdtempSync(join(tmpdir(), "latency-lab-floor-"));
    const { kubeconfig, context = "" } = stack.settings;
    writeFileSync(
      join(folder, "kubeconfig"),
      readContext(kubeconfigFiles(kubeconfig, process.cwd()), context),
      { mode: 0o600 },
    );
    const floor = (what: string) => programOf("a provider and one ConfigMap", "floor", what, folder);
    const run = (candidate: Candidate) =>
      execFileSync(candidate.command, candidate.args, { stdio: "ignore" });
    try {
      run(floor("up"));
      const { name, checkout } = stack;
      const ours = (...args: string[]) => ({
        name: "latency-lab",
        command: process.execPath,
        args: ["cli/bootstrap.mjs", ...args],
        cwd: checkout.folder,
        env: checkout.environment,
      });
      const previews = timed([ours("bench/programs.ts", "preview", name), floor("preview")], rounds);
      const ups = timed([ours("cli/main.ts", "up", "--stack", name, "--yes"), floor("up")], rounds);
      return [row("`preview`", previews), { ...row("second `up`", ups), wanted: "≤ 1.5 ×" }];
    } finally {
      run(floor("destroy"));
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function row(figure: string, [ours, floor]: ReturnType<typeof timed>): Row {
  if (!ours || !floor) throw new Error("a timing is missing");
  return {
    figure,
    ours: seconds(median(ours.seconds)),
    beside: `${seconds(median(floor.seconds))}: ${floor.name}`,
    ratio: ratio(ours, floor),
  };
}
