import { table } from "../measure.ts";
import { type Candidate, names } from "./candidates.ts";
import { atMost, type Figure, shown } from "./figure.ts";
import { inPasses, medianOf } from "./passes.ts";
import { start } from "./server.ts";

/** How long it takes from the start of the process to the first answer. */
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
      all.map(({ name }) => [name, shown(milliseconds(name))]),
    ),
  );
  return [atMost("start to ready", milliseconds(names.ours), 200, "ms")];
}
