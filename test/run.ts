// Runs the steps of `npm test`, `check`, `test:e2e` and `test:faults`, and prints totals. Arguments select
// steps (`npm test -- units`) or files by a word in their names (`npm run test:faults -- drift`). Options go
// to Node: `npm run test:faults -- drift --test-name-pattern=local`.
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { missing } from "./environment.ts";

const root = join(import.meta.dirname, "..");

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

const steps = {
  types: () => tool("tsc", "--noEmit"),
  lint: () => tool("biome", "check", "--no-errors-on-unmatched", "."),
  // One file per core: Node's default leaves one core idle, so two cores would run one file at a time.
  units: () =>
    nodeTests(
      testFiles("**").filter((file) => !/^test.(e2e|faults)./.test(file)),
      `--test-concurrency=${availableParallelism()}`,
    ),
} satisfies Record<string, () => Promise<Totals>>;

/** Tests that run on real clusters, and tests that break them on purpose. */
const onClusters = { e2e: "the end-to-end tests", faults: "the fault tests" };

const [first = "", ...others] = process.argv.slice(2);
const words = others.filter((one) => !one.startsWith("--"));
const options = others.filter((one) => one.startsWith("--"));
const totals = first in onClusters ? await clusterTests(first as keyof typeof onClusters) : await allSteps();
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed === 0 ? 0 : 1);

async function allSteps(): Promise<Totals> {
  const asked = process.argv.slice(2);
  const unknown = asked.filter((name) => !(name in steps));
  if (unknown.length > 0)
    stop(`no such step: ${unknown.join(", ")} (there are: ${Object.keys(steps).join(", ")})`);
  const sum: Totals = { passed: 0, failed: 0, skipped: 0 };
  for (const [name, step] of Object.entries(steps)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    console.log(`\n── ${name}`);
    const totals = await step();
    for (const key of ["passed", "failed", "skipped"] as const) sum[key] += totals[key];
  }
  return sum;
}

/** If there is no cluster, states clearly that nothing was verified, and why. */
async function clusterTests(folder: keyof typeof onClusters): Promise<Totals> {
  const what = onClusters[folder];
  const files = testFiles(`test/${folder}`)
    .filter(
      (file) => words.length === 0 || words.some((word) => file.slice(folder.length + 6).includes(word)),
    )
    .toSorted();
  if (files.length === 0) stop(`no file of ${what} has ${words.join(" or ")} in its name`);
  const reasons = await missing();
  if (reasons.length === 0) {
    // One file at a time: they share ports and CPU cores.
    return nodeTests(files, "--test-concurrency=1", ...options);
  }
  const line = "─".repeat(64);
  console.log([line, `SKIPPED: ${what} did not run. Nothing below is verified.`].join("\n"));
  console.log([...reasons.map((reason) => `  - ${reason}`), line].join("\n"));
  return { passed: 0, failed: 0, skipped: files.length };
}

function testFiles(folder: string): string[] {
  const exclude = (name: string) => name === "node_modules" || name === ".latency-lab";
  return globSync(`${folder}/*.test.ts`, { cwd: root, exclude });
}

/** Counts a tool as one test. */
async function tool(name: string, ...args: string[]): Promise<Totals> {
  const { code } = await run(join(root, "node_modules", ".bin", name), args);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

async function nodeTests(files: readonly string[], ...options: string[]): Promise<Totals> {
  const fixed = ["--disable-warning=ExperimentalWarning", "--test", "--test-reporter=spec"];
  const { code, output } = await run(process.execPath, [...fixed, ...options, ...files]);
  const count = (word: string) => Number(output.match(new RegExp(`^ℹ ${word} (\\d+)`, "m"))?.[1] ?? 0);
  return {
    passed: count("pass"),
    // If the runner crashed before it counted, report a failure instead of zero tests.
    failed: Math.max(count("fail") + count("cancelled"), code === 0 ? 0 : 1),
    skipped: count("skipped") + count("todo"),
  };
}

function run(command: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    let output = "";
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      process.stdout.write(text);
      output += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

function stop(message: string): never {
  console.error(`error: ${message}`);
  process.exit(2);
}
