import { median, table } from "../measure.ts";
import { names } from "./candidates.ts";

/** A figure with a limit. */
export interface Figure {
  readonly what: string;
  readonly measured: string;
  readonly wanted: string;
  /** Undefined if the figure could not be measured. */
  readonly reached: boolean | undefined;
}

type Limit = { readonly atMost: number } | { readonly atLeast: number };

export function figure(what: string, measured: number, limit: Limit, unit = ""): Figure {
  const [sign, wanted, reached] =
    "atMost" in limit
      ? ["≤", limit.atMost, measured <= limit.atMost]
      : ["≥", limit.atLeast, measured >= limit.atLeast];
  const shownWith = (value: number) => `${shown(value)} ${unit}`.trim();
  return { what, measured: shownWith(measured), wanted: `${sign} ${shownWith(wanted)}`, reached };
}

/** A figure that cannot be measured on this machine. */
export function notMeasured(what: string, why: string): Figure {
  return { what, measured: `not measured: ${why}`, wanted: "", reached: undefined };
}

/** Formats three significant digits, because the measurements are no more accurate than that. */
export function shown(value: number): string {
  if (Number.isNaN(value)) return "?";
  return value >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
}

/** The results of all candidates, pass by pass. */
export class Results<Measured> {
  /** The results of each candidate by pass; undefined if it could not be measured. */
  readonly #byPass = new Map<string, (Measured | undefined)[]>();
  readonly #reasons = new Map<string, string>();

  /**
   * Measures all candidates in turn in every pass, so that changes in the machine's speed affect all of
   * them equally. A failed measurement does not stop the others.
   */
  static async measure<C extends { readonly name: string }, Measured>(
    passes: number,
    all: readonly C[],
    measure: (candidate: C) => Promise<Measured>,
  ): Promise<Results<Measured>> {
    const results = new Results<Measured>();
    for (const { name } of all) results.#byPass.set(name, []);
    for (let pass = 1; pass <= passes; pass++) {
      for (const candidate of all) {
        process.stderr.write(`pass ${pass} of ${passes}: ${candidate.name}\n`);
        const measured = await measure(candidate).catch((error) => {
          results.#reasons.set(candidate.name, String(error?.message ?? error).split("\n")[0] ?? "");
          return undefined;
        });
        results.#byPass.get(candidate.name)?.push(measured);
      }
    }
    return results;
  }

  /** The results of a candidate, without failed measurements. */
  of(name: string): Measured[] {
    return (this.#byPass.get(name) ?? []).filter((one) => one !== undefined);
  }

  /** Why a candidate could not be measured in any pass; undefined if it has a result. */
  whyNot(name: string): string | undefined {
    if (this.of(name).length > 0) return undefined;
    return this.#reasons.get(name) ?? "it is missing";
  }

  /** The median of the passes; NaN for a candidate without results. */
  median(name: string, value: (measured: Measured) => number): number {
    return median(this.of(name).map(value));
  }

  /** The median of the delayed server's ratio to a candidate within each pass: passes differ more than candidates. */
  ratio(name: string, value: (measured: Measured) => number): number {
    const others = this.#byPass.get(name) ?? [];
    const ratios = (this.#byPass.get(names.ours) ?? []).flatMap((ours, pass) => {
      const other = others[pass];
      return ours === undefined || other === undefined ? [] : [value(ours) / value(other)];
    });
    return median(ratios);
  }

  /** The ratio to a peer as a figure with a limit. */
  ratioFigure(what: string, peer: string, value: (measured: Measured) => number, limit: Limit): Figure {
    const why = this.whyNot(names.ours) ?? this.whyNot(peer);
    if (why !== undefined) return notMeasured(`${what}, × of ${peer}`, why);
    return figure(`${what}, × of ${peer}`, this.ratio(peer, value), limit);
  }

  /** Prints a table with a row per candidate. The row of a candidate without results shows the reason. */
  print(title: string, columns: Readonly<Record<string, (name: string) => string>>): void {
    const rows = [...this.#byPass.keys()].map((name) => {
      const why = this.whyNot(name);
      const cells = Object.values(columns).map((cell, index) => {
        if (why === undefined) return cell(name);
        return index === 0 ? `not measured: ${why}` : "";
      });
      return [name, ...cells];
    });
    console.log(`\n## ${title}\n\n${table(["", ...Object.keys(columns)], rows)}`);
  }
}

export function figureTable(figures: readonly Figure[]): string {
  return table(
    ["figure", "measured", "target", "reached"],
    figures.map(({ what, measured, wanted, reached }) => [
      what,
      measured,
      wanted,
      reached === undefined ? "–" : reached ? "yes" : "**no**",
    ]),
  );
}
