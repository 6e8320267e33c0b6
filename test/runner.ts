// Runs test files that need real clusters, one after the other, and sums them up in one line.
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";
import { missing } from "./environment.ts";

/**
 * Runs the test files of a folder, or those whose names contain one of the words,
 * and ends the process: with 1 when a test failed. Where there is nothing to run
 * them on, says loudly that nothing was verified, and why.
 */
export async function runTests(what: string, folder: string, words: readonly string[]): Promise<never> {
  const files = globSync("*.test.ts", { cwd: folder })
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
    .toSorted();
  if (files.length === 0) {
    console.error(`error: no file of ${what} has ${words.join(" or ")} in its name`);
    process.exit(2);
  }
  const reasons = await missing();
  if (reasons.length > 0) {
    console.log("────────────────────────────────────────────────────────────────");
    console.log(`SKIPPED: ${what} did not run. Nothing below is verified.`);
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
      ...files.map((file) => join(folder, file)),
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    process.stdout.write(text);
    output += text;
  });
  const code = await new Promise<number | null>((resolve) => {
    child.on("close", resolve);
  });
  const count = (word: string) => Number(output.match(new RegExp(`^ℹ ${word} (\\d+)`, "m"))?.[1] ?? 0);
  const failed = Math.max(count("fail") + count("cancelled"), code === 0 ? 0 : 1);
  console.log(`\n${count("pass")} passed, ${failed} failed, ${count("skipped") + count("todo")} skipped`);
  process.exit(failed === 0 ? 0 : 1);
}
