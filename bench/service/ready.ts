import { table } from "../measure.ts";
import { type Candidate, names } from "./candidates.ts";
import { atMost, cells, type Figure, notMeasured, shown } from "./figure.ts";
import { inPasses, medianOf, ratioOf, whyNot } from "./passes.ts";
import { start } from "./server.ts";

/** Measures the time from the start of the process to its first response. */
export async function ready(all: readonly Candidate[], passes: number): Promise<Figure[]> {
  const results = await inPasses(passes, all, async (candidate) => {
    const server = await start(candidate);
    await server.stop();
    return server.readyAfter;
  });
  const milliseconds = (name: string) => medianOf(results, name, (value) => value);
  console.log("\n## From start to ready\n");
  console.log(
    table(
      ["", "ms"],
      all.map(({ name }) => [name, ...cells(results, name, [shown(milliseconds(name))])]),
    ),
  );
  const what = `start to ready, × of ${names.hono}`;
  const why = whyNot(results, names.ours) ?? whyNot(results, names.hono);
  if (why !== undefined) return [notMeasured(what, why)];
  return [
    atMost(
      what,
      ratioOf(results, [names.ours, names.hono], (value) => value),
      1.5,
    ),
  ];
}
