// How long the program takes to start, and what a run without changes costs, compared with their floors.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeconfigFiles, readContext } from "../stack/cluster/kubeconfig.ts";
import { type Candidate, type Measurement, median, type Row, ratio, seconds, timed } from "./measure.ts";
import { programOf } from "./programs.ts";
import { needsCluster, newStack } from "./up-down.ts";

export const programStart: Measurement = {
  name: "program-start",
  title: "Program start: until the last resource is registered",
  missing: async () => [],
  measure: async () => {
    const empty = programOf("an empty program, the SDKs' modules loaded when used", "empty");
    return [compared("program start", [programOf("latency-lab", "ours"), empty], 7, "≤ 1.3 ×, or why not")];
  },
};

export const noChange: Measurement = {
  name: "no-change",
  title: "A run that changes nothing, as a whole process",
  missing: needsCluster,
  measure: async () => {
    const stack = newStack("bench", "existing");
    await stack.up();
    const folder = mkdtempSync(join(tmpdir(), "latency-lab-floor-"));
    const { kubeconfig, context = "" } = stack.settings;
    const credentials = readContext(kubeconfigFiles(kubeconfig, process.cwd()), context);
    writeFileSync(join(folder, "kubeconfig"), credentials, { mode: 0o600 });
    const floor = (what: string) => programOf("a provider and one ConfigMap", "floor", what, folder);
    const run = ({ command, args }: Candidate) => execFileSync(command, args, { stdio: "ignore" });
    try {
      run(floor("up"));
      const { name, checkout } = stack;
      const ours = {
        name: "latency-lab",
        command: process.execPath,
        args: ["cli/bootstrap.mjs", "cli/main.ts", "up", "--stack", name, "--yes"],
        cwd: checkout.folder,
        env: checkout.environment,
      };
      return [compared("second `up`", [ours, floor("up")], 5, "≤ 1.5 ×")];
    } finally {
      run(floor("destroy"));
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Times latency-lab and its floor in turns. */
function compared(
  figure: string,
  both: readonly [Candidate, Candidate],
  rounds: number,
  wanted: string,
): Row {
  const [ours, floor] = timed(both, rounds);
  if (!ours || !floor) throw new Error("a timing is missing");
  return {
    figure,
    ours: seconds(median(ours.seconds)),
    beside: `${seconds(median(floor.seconds))}: ${floor.name}`,
    ratio: ratio(ours, floor),
    wanted,
  };
}
