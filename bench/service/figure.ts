import { table } from "../measure.ts";
import { type ByPass, whyNot } from "./passes.ts";

/** A figure with a target. */
export interface Figure {
  what: string;
  measured: string;
  wanted: string;
  /** Undefined if the figure could not be measured. */
  reached: boolean | undefined;
}

/** A figure with a minimum. */
export function atLeast(what: string, measured: number, wanted: number): Figure {
  return { what, measured: measured.toFixed(2), wanted: `≥ ${wanted}`, reached: measured >= wanted };
}

/** A figure with a maximum. */
export function atMost(what: string, measured: number, wanted: number, unit = ""): Figure {
  return {
    what,
    measured: `${shown(measured)} ${unit}`.trim(),
    wanted: `≤ ${shown(wanted)} ${unit}`.trim(),
    reached: measured <= wanted,
  };
}

/** A figure that cannot be measured on this machine. */
export function notMeasured(what: string, why: string): Figure {
  return { what, measured: `not measured: ${why}`, wanted: "", reached: undefined };
}

/** A candidate's table cells, or the reason why it has no figures. */
export function cells<Measured>(
  results: ByPass<Measured>,
  name: string,
  measured: readonly string[],
): readonly string[] {
  const why = whyNot(results, name);
  return why === undefined ? measured : measured.map((_, i) => (i === 0 ? `not measured: ${why}` : ""));
}

/** Formats three significant digits, because the measurements are no more accurate than that. */
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
