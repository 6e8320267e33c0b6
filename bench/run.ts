// `npm run bench`: all figures with their floors in one table. `npm run bench -- WORD …` selects
// measurements by their names. Slow figures do not fail.

import { growth } from "./growth.ts";
import { type Measurement, type Row, table } from "./measure.ts";
import { noChange, programStart } from "./overhead.ts";
import { endStacks, upDownExisting, upDownLocal } from "./up-down.ts";

/** In the order of the table: first what needs no cluster, last what takes longest. */
const measurements: readonly Measurement[] = [programStart, noChange, upDownExisting, upDownLocal, growth];

const words = process.argv.slice(2);
const chosen = measurements.filter(
  ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
);
if (chosen.length === 0) {
  console.error(`error: no measurement matches ${words.join(" or ")}`);
  console.error(`  available: ${measurements.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

// On Ctrl-C, take the stacks down.
process.once("SIGINT", () => void endStacks().finally(() => process.exit(130)));

const sections: string[] = [];
const unmeasured: string[] = [];
for (const measurement of chosen) sections.push(...(await measured(measurement)));
console.log(`\n${sections.join("\n\n")}`);
if (unmeasured.length > 0) {
  console.log(`\nNOT MEASURED:\n${unmeasured.map((line) => `  - ${line}`).join("\n")}`);
}
// Libraries may keep handles open.
process.exit(unmeasured.some((line) => line.includes("failed:")) ? 1 : 0);

async function measured({ name, title, missing, measure }: Measurement): Promise<string[]> {
  const reasons = await missing();
  if (reasons.length > 0) {
    unmeasured.push(...reasons.map((reason) => `${name}: ${reason}`));
    return [];
  }
  console.error(`… ${name}: ${title}`);
  try {
    const rows = await measure();
    const text = `${title}\n\n${asTable(rows)}`;
    console.error(`${text}\n`);
    return [text];
  } catch (error) {
    unmeasured.push(`${name} failed: ${(error as Error).message}`);
    return [];
  } finally {
    await endStacks();
  }
}

function asTable(rows: readonly Row[]): string {
  const cells = rows.map(({ figure, ours, beside = "", ratio, wanted = "" }) => [
    figure,
    ours,
    beside,
    ratio === undefined ? "" : ratio.toFixed(2),
    wanted,
  ]);
  return table(["figure", "latency-lab", "compared with", "×", "target"], cells);
}
