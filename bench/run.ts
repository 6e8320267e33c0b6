// `npm run bench`: all figures with their floors. `npm run bench -- WORD …` selects measurements by their names.
// Slow figures do not fail.
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

const unmeasured: string[] = [];
let failed = false;
for (const { name, title, missing, measure } of chosen) {
  const reasons = await missing();
  unmeasured.push(...reasons.map((reason) => `${name}: ${reason}`));
  if (reasons.length > 0) continue;
  console.error(`… ${name}`);
  try {
    console.log(`\n${title}\n\n${asTable(await measure())}`);
  } catch (error) {
    failed = true;
    unmeasured.push(`${name} failed: ${(error as Error).message}`);
  } finally {
    await endStacks();
  }
}
if (unmeasured.length > 0) {
  console.log(`\nNOT MEASURED:\n${unmeasured.map((line) => `  - ${line}`).join("\n")}`);
}
// Libraries may keep handles open.
process.exit(failed ? 1 : 0);

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
