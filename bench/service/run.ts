// `npm run bench:service`: compares the delayed server with its peers and with its targets.
// `npm run bench:service -- delays ready` runs only these measurements; `--passes 5` runs more passes.
import { parseArgs } from "node:util";
import { candidates } from "./candidates.ts";
import { delays } from "./delays.ts";
import { type Figure, figureTable } from "./results.ts";
import { scrape } from "./scrape.ts";
import { cores, leaveTheServerItsCore } from "./server.ts";
import { ready, throughput } from "./throughput.ts";

const parts = ["throughput", "delays", "scrape", "ready"] as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { passes: { type: "string", default: "3" } },
});
const passes = Number(values.passes);
const unknown = positionals.filter((name) => !parts.some((part) => part === name));
if (unknown.length > 0 || !(passes >= 1)) {
  console.error(`usage: npm run bench:service -- [${parts.join(" | ")}] … [--passes 3]`);
  process.exit(2);
}
const asked = (part: (typeof parts)[number]) => positionals.length === 0 || positionals.includes(part);

leaveTheServerItsCore();
const all = candidates();
console.log(`${cores}; medians of ${passes} interleaved passes, ratios within a pass`);

const figures: Figure[] = [];
if (asked("throughput")) figures.push(...(await throughput(all, passes)));
if (asked("delays")) figures.push(...(await delays(all, passes)));
if (asked("scrape")) figures.push(...(await scrape()));
if (asked("ready")) figures.push(...(await ready(all, 3 * passes)));
if (figures.length > 0) console.log(`\n## Targets\n\n${figureTable(figures)}`);
