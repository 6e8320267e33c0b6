import { median } from "../measure.ts";

/** What a candidate measured, pass by pass, or why it could not be measured in one. */
export type ByPass<Measured> = ReadonlyMap<string, readonly (Measured | Unmeasured)[]>;

/** A pass in which a candidate could not be measured. */
export class Unmeasured {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/**
 * Measures every candidate in every pass, one after the other, so that the
 * machine's moods meet all of them alike. One that can't be measured costs no other its figures.
 */
export async function inPasses<C extends { readonly name: string }, Measured>(
  passes: number,
  all: readonly C[],
  measure: (candidate: C) => Promise<Measured>,
): Promise<ByPass<Measured>> {
  const results = new Map<string, (Measured | Unmeasured)[]>(all.map(({ name }) => [name, []]));
  for (let pass = 1; pass <= passes; pass++) {
    for (const candidate of all) {
      process.stderr.write(`pass ${pass} of ${passes}: ${candidate.name}\n`);
      const measured = await measure(candidate).catch(
        (error) => new Unmeasured(error instanceof Error ? error.message : String(error)),
      );
      results.get(candidate.name)?.push(measured);
    }
  }
  return results;
}

/** Why a candidate could not be measured in any pass; undefined when it was in one. */
export function whyNot<Measured>(results: ByPass<Measured>, name: string): string | undefined {
  const all = results.get(name);
  if (all === undefined) return "it is missing";
  if (all.some((one) => !(one instanceof Unmeasured))) return undefined;
  const [first] = all;
  return first instanceof Unmeasured ? firstLine(first.why) : "no pass";
}

/** What was measured, without the passes in which it could not be. */
export function measuredOf<Measured>(results: ByPass<Measured>, name: string): Measured[] {
  return (results.get(name) ?? []).filter((one): one is Measured => !(one instanceof Unmeasured));
}

/** The median over the passes; NaN for a candidate that was in none. */
export function medianOf<Measured>(
  results: ByPass<Measured>,
  name: string,
  value: (measured: Measured) => number,
): number {
  return median(measuredOf(results, name).map(value));
}

/** The median of the ratios pass by pass: two passes differ by more than two candidates do. */
export function ratioOf<Measured>(
  results: ByPass<Measured>,
  [of, to]: readonly [string, string],
  value: (measured: Measured) => number,
): number {
  const others = results.get(to) ?? [];
  const ratios = (results.get(of) ?? []).flatMap((one, pass) => {
    const other = others[pass];
    if (one instanceof Unmeasured || other === undefined || other instanceof Unmeasured) return [];
    return [value(one) / value(other)];
  });
  return median(ratios);
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
