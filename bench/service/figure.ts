import { table } from "../measure.ts";
import { type ByPass, whyNot } from "./passes.ts";

/** A figure to reach. */
export interface Figure {
  what: string;
  measured: string;
  wanted: string;
  /** Undefined when it could not be measured, or nothing in particular is wanted. */
  reached: boolean | undefined;
}

/** A figure that may not be below what is wanted. */
export function atLeast(what: string, measured: number, wanted: number): Figure {
  return { what, measured: measured.toFixed(2), wanted: `≥ ${wanted}`, reached: measured >= wanted };
}

/** A figure in a unit that may not be above what is wanted. */
export function atMost(what: string, measured: number, wanted: number, unit = ""): Figure {
  return {
    what,
    measured: `${shown(measured)} ${unit}`.trim(),
    wanted: `≤ ${shown(wanted)} ${unit}`.trim(),
    reached: measured <= wanted,
  };
}

/** A figure that can't be measured here. */
export function notMeasured(what: string, why: string): Figure {
  return { what, measured: `not measured: ${why}`, wanted: "", reached: undefined };
}

/** A candidate's cells of a table, or why it has none. */
export function cells<Measured>(
  results: ByPass<Measured>,
  name: string,
  measured: readonly string[],
): readonly string[] {
  const why = whyNot(results, name);
  return why === undefined ? measured : measured.map((_, i) => (i === 0 ? `not measured: ${why}` : ""));
}

/** Three digits: a noisy machine has no more to say. */
export function shown(value: number): string {
  if (Number.isNaN(value)) return "?";
  return value >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
}

export function figureTable(figures: readonly Figure[]): string {
  return table(
    ["figure to reach", "measured", "wanted", "reached"],
    figures.map(({ what, measured, wanted, reached }) => [
      what,
      measured,
      wanted,
      reached === undefined ? "–" : reached ? "yes" : "**no**",
    ]),
  );
}
