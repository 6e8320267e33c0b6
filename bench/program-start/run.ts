// `npm run bench:start`: how long the program takes until its last resource is registered.
import { join } from "node:path";
import { type Candidate, median, ratio, table, timed } from "../measure.ts";

const here = import.meta.dirname;
const node = (name: string, file: string): Candidate => ({
  name,
  command: process.execPath,
  args: ["--disable-warning=ExperimentalWarning", join(here, file)],
});

const candidates = [
  node("latency-lab", "ours.ts"),
  node("empty program, the SDKs' modules loaded when used", "empty.ts"),
  node("the same resources, root imports and ts-node", "root-imports/start.cjs"),
];
const results = timed(candidates, Number(process.argv[2] ?? 5));
const [ours] = results;
const rows = results.map((one) => [
  one.name,
  `${median(one.seconds).toFixed(2)} s`,
  ours && one !== ours ? ratio(ours, one).toFixed(2) : "",
]);
console.log(table(["program start", "median", "latency-lab is × of it"], rows));
