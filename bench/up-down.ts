// `up` from nothing to the first latency, and `down`, by stage, on both kinds of cluster.
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { missing, noExistingCluster } from "../test/environment.ts";
import { StackUnderTest, type UpResult } from "../test/stack.ts";
import { type Measurement, median, type Row, seconds } from "./measure.ts";

const rounds = 2;

const stages = {
  cluster: "cluster ready",
  image: "image pushed",
  server: "server ready",
  chart: "chart ready",
} as const;

export const upDownExisting: Measurement = {
  name: "up-down-existing",
  title: "From nothing to the first latency and back, on an existing cluster",
  missing: needsCluster,
  measure: () => upDown("bench", "existing"),
};

export const upDownLocal: Measurement = {
  name: "up-down-local",
  title: "From nothing to the first latency and back, on a local cluster",
  missing,
  measure: () => upDown("bench-local", "local"),
};

async function upDown(stack: string, cluster: "local" | "existing"): Promise<Row[]> {
  const measured = newStack(stack, cluster);
  const ups: UpResult[] = [];
  const took = { up: [] as number[], down: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    ups.push(await measured.up());
    took.up.push((performance.now() - began) / 1000);
    const isUp = performance.now();
    await measured.down();
    took.down.push((performance.now() - isUp) / 1000);
  }
  const at = (stage: string) => median(ups.map((up) => (up.stages[stage]?.endedAt ?? Number.NaN) / 1000));
  const wanted = cluster === "local" ? { up: "≤ 90 s", down: "≤ 10 s" } : { up: "≤ 60 s", down: "≤ 60 s" };
  return [
    {
      figure: "`up` from nothing to the first latency",
      ours: seconds(median(took.up)),
      wanted: wanted.up,
    },
    ...Object.entries(stages)
      .filter(([stage]) => ups.some((up) => stage in up.stages))
      .map(([stage, what]) => ({ figure: `  ${what} at`, ours: seconds(at(stage)) })),
    { figure: "`down` to nothing", ours: seconds(median(took.down)), wanted: wanted.down },
  ];
}

const root = join(import.meta.dirname, "..");

/** Requirements of stacks on an existing cluster. */
export async function needsCluster(): Promise<string[]> {
  const noCluster = noExistingCluster();
  return [...(await missing()), ...(noCluster ? [noCluster] : [])];
}

/** Stacks created in this run: copies of the project, with settings from the environment as in the e2e tests. */
const stacks: StackUnderTest[] = [];

/** A stack whose copy uses what the original has installed. */
export function newStack(name: string, cluster: "local" | "existing"): StackUnderTest {
  const stack = new StackUnderTest(name, cluster);
  const { folder } = stack.checkout;
  mkdirSync(join(folder, ".latency-lab"), { mode: 0o700 });
  const inState = ["node", "pulumi", "compile-cache"].map((path) => join(".latency-lab", path));
  for (const path of ["node_modules", ...inState]) {
    if (existsSync(join(root, path))) symlinkSync(join(root, path), join(folder, path));
  }
  stacks.push(stack);
  return stack;
}

/** Takes down all stacks, including those of failed measurements. */
export async function endStacks(): Promise<void> {
  for (const stack of stacks.splice(0)) await stack.end();
}
