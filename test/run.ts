// What `npm test` and `npm run check` run, step by step, with one line of totals at the end.
// `npm test` runs every step; `npm test -- units` only the ones named.
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const bin = (name: string) => join(root, "node_modules", ".bin", name);

/** Tests that need a cluster (`npm run test:e2e`) or break one on purpose (`npm run test:faults`). */
const elsewhere = /^(test\/(e2e|faults)|node_modules|\.latency-lab)\//;

const steps = {
  types: () => tool(bin("tsc"), ["--noEmit"]),
  lint: () => tool(bin("biome"), ["check", "--no-errors-on-unmatched", "."]),
  units: () => nodeTests(testFiles()),
} satisfies Record<string, () => Promise<Totals>>;

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

function testFiles(): string[] {
  return globSync("**/*.test.ts", {
    cwd: root,
    exclude: (name) => name === "node_modules" || name === ".latency-lab",
  }).filter((file) => !elsewhere.test(file));
}

function run(command: string, args: string[], onOutput: (text: string) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      process.stdout.write(text);
      onOutput(text);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}

/** A tool that either passes or fails as a whole counts as one test. */
async function tool(command: string, args: string[]): Promise<Totals> {
  const code = await run(command, args, () => {});
  return code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

async function nodeTests(files: string[]): Promise<Totals> {
  let output = "";
  const args = ["--disable-warning=ExperimentalWarning", "--test", "--test-reporter=spec", ...files];
  const code = await run(process.execPath, args, (text) => {
    output += text;
  });
  const count = (word: string) => Number(output.match(new RegExp(`^ℹ ${word} (\\d+)`, "m"))?.[1] ?? 0);
  const totals = {
    passed: count("pass"),
    failed: count("fail") + count("cancelled"),
    skipped: count("skipped") + count("todo"),
  };
  // A runner that fell over before it could count is a failure, not zero tests.
  if (code !== 0 && totals.failed === 0) totals.failed = 1;
  return totals;
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in steps));
if (unknown.length > 0) {
  console.error(`error: no such step: ${unknown.join(", ")} (there are: ${Object.keys(steps).join(", ")})`);
  process.exit(2);
}

const sum: Totals = { passed: 0, failed: 0, skipped: 0 };
for (const [name, step] of Object.entries(steps)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`\n── ${name}`);
  const totals = await step();
  sum.passed += totals.passed;
  sum.failed += totals.failed;
  sum.skipped += totals.skipped;
}
console.log(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exitCode = sum.failed === 0 ? 0 : 1;
