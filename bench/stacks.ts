// The measured stacks: copies of the project, with settings from the environment as in the e2e tests.
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { missing, noExistingCluster } from "../test/environment.ts";
import { StackUnderTest } from "../test/stack.ts";

const root = join(import.meta.dirname, "..");

/** Requirements of stacks on an existing cluster. */
export async function needsCluster(): Promise<string[]> {
  const noCluster = noExistingCluster();
  return [...(await missing()), ...(noCluster ? [noCluster] : [])];
}

/** Stacks created in this run. */
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
