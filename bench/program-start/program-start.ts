// How long the program takes until its last resource is registered.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { record } from "../../test/recorded.ts";
import { type Candidate, median, ratio, type Timed, timed } from "../measure.ts";
import { type Measurement, type Row, seconds } from "../measurement.ts";

const rounds = 7;

const node = (name: string, file: string, ...args: string[]): Candidate => ({
  name,
  command: process.execPath,
  args: ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, file), ...args],
});

export const programStart: Measurement = {
  name: "program-start",
  title: "Program start: until the last resource is registered",
  missing: async () => [],
  measure: async () => {
    const folder = mkdtempSync(join(tmpdir(), "latency-lab-program-start-"));
    try {
      const inputs = join(folder, "resources.json");
      const { resources } = await record();
      writeFileSync(
        inputs,
        JSON.stringify(resources.map(({ type, name, inputs: of }) => ({ type, name, inputs: of }))),
      );
      const [ours, ...others] = timed(
        [
          node("latency-lab", "ours.ts"),
          node("the same resources, root imports and ts-node", "root-imports/start.cjs"),
          node("an empty program, the SDKs' modules loaded when used", "empty.ts"),
          node("the same resources and inputs, read from a file", "filled.ts", inputs),
        ],
        rounds,
      );
      const wanted = ["≤ 0.4 ×", "≤ 1.3 ×, or why not", undefined];
      return others.map((other, index) => row(ours as Timed, other, wanted[index]));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

function row(ours: Timed, other: Timed, wanted: string | undefined): Row {
  return {
    figure: "program start",
    ours: seconds(median(ours.seconds)),
    beside: `${seconds(median(other.seconds))}: ${other.name}`,
    ratio: ratio(ours, other),
    ...(wanted === undefined ? {} : { wanted }),
  };
}
