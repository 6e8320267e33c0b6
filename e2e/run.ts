// `npm run test:e2e`: the whole thing on real clusters, with the real provider plugins.
// `npm run test:e2e -- local` runs only the files whose names contain the word.
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";
import { missing } from "./environment.ts";

const files = globSync("*.test.ts", { cwd: import.meta.dirname }).filter((file) => {
  const asked = process.argv.slice(2);
  return asked.length === 0 || asked.some((word) => file.includes(word));
});

const reasons = await missing();
if (reasons.length > 0) {
  console.log("────────────────────────────────────────────────────────────────");
  console.log("SKIPPED: the end-to-end tests did not run. Nothing below is verified.");
  for (const one of reasons) console.log(`  - ${one}`);
  console.log("────────────────────────────────────────────────────────────────");
  console.log(`0 passed, 0 failed, ${files.length} skipped`);
  process.exit(0);
}

// One file after the other: they share the machine's ports and its two or three cores.
const child = spawn(
  process.execPath,
  [
    "--disable-warning=ExperimentalWarning",
    "--test",
    "--test-concurrency=1",
    "--test-reporter=spec",
    ...files.map((file) => join(import.meta.dirname, file)),
  ],
  { stdio: ["ignore", "pipe", "inherit"] },
);
let output = "";
child.stdout.setEncoding("utf8").on("data", (text: string) => {
  process.stdout.write(text);
  output += text;
});
child.on("close", (code) => {
  const count = (word: string) => Number(output.match(new RegExp(`^ℹ ${word} (\\d+)`, "m"))?.[1] ?? 0);
  const failed = Math.max(count("fail") + count("cancelled"), code === 0 ? 0 : 1);
  console.log(`\n${count("pass")} passed, ${failed} failed, ${count("skipped") + count("todo")} skipped`);
  process.exit(failed === 0 ? 0 : 1);
});
