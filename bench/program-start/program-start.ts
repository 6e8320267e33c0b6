// How long the program takes until its last resource is registered.
import { join } from "node:path";
import { type Candidate, median, ratio, timed } from "../measure.ts";
import { type Measurement, type Row, seconds } from "../measurement.ts";

const rounds = 7;

const node = (name: string, file: string): Candidate => ({
  name,
  command: process.execPath,
  args: ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, file)],
});

export const programStart: Measurement = {
  name: "program-start",
  title: "Program start: until the last resource is registered",
  missing: async () => [],
  measure: async () => {
    const [ours, empty, rootImports] = timed(
      [
        node("latency-lab", "ours.ts"),
        node("an empty program, the SDKs' modules loaded when used", "empty.ts"),
        node("the same resources, root imports and ts-node", "root-imports/start.cjs"),
      ],
      rounds,
    );
    if (!ours || !empty || !rootImports) throw new Error("not every program was timed");
    return [
      [rootImports, "≤ 0.4 ×"],
      [empty, "≤ 1.3 ×, or why not"],
    ].map(([beside, wanted]): Row => {
      const other = beside as typeof ours;
      return {
        figure: "program start",
        ours: seconds(median(ours.seconds)),
        beside: `${seconds(median(other.seconds))}: ${other.name}`,
        ratio: ratio(ours, other),
        wanted: wanted as string,
      };
    });
  },
};
