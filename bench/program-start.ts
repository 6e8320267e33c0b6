// Time until the program registers its last resource.
import { join } from "node:path";
import { type Candidate, type Measurement, median, ratio, seconds, timed } from "./measure.ts";

const rounds = 7;

/** A program of `programs.ts`, run by Node. */
export const programOf = (name: string, ...args: string[]): Candidate => ({
  name,
  command: process.execPath,
  args: ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "programs.ts"), ...args],
});

export const programStart: Measurement = {
  name: "program-start",
  title: "Program start: until the last resource is registered",
  missing: async () => [],
  measure: async () => {
    const [ours, empty] = timed(
      [
        programOf("latency-lab", "ours"),
        programOf("an empty program, the SDKs' modules loaded when used", "empty"),
      ],
      rounds,
    );
    if (!ours || !empty) throw new Error("a timing is missing");
    return [
      {
        figure: "program start",
        ours: seconds(median(ours.seconds)),
        beside: `${seconds(median(empty.seconds))}: ${empty.name}`,
        ratio: ratio(ours, empty),
        wanted: "≤ 1.3 ×, or why not",
      },
    ];
  },
};
