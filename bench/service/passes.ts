import { median } from "../measure.ts";

/** The results of each candidate by pass. */
export type ByPass<Measured> = ReadonlyMap<string, readonly (Measured | Unmeasured)[]>;

/** A failed measurement of a candidate in a pass. */
class Unmeasured {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/**
 * Measures all candidates in turn in every pass, so that changes in the machine's speed affect all of
 * them equally. A failed measurement does not stop the others.
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

/** Why a candidate could not be measured in any pass; undefined if it has a result. */
export function whyNot<Measured>(results: ByPass<Measured>, name: string): string | undefined {
  const all = results.get(name);
  if (all === undefined) return "it is missing";
  if (all.some((one) => !(one instanceof Unmeasured))) return undefined;
  const [first] = all;
  return first instanceof Unmeasured ? firstLine(first.why) : "no pass";
}

/** The results of a candidate, without failed measurements. */
export function measuredOf<Measured>(results: ByPass<Measured>, name: string): Measured[] {
  return (results.get(name) ?? []).filter((one): one is Measured => !(one instanceof Unmeasured));
}

/** The median of the passes; NaN for a candidate without results. */
export function medianOf<Measured>(
  results: ByPass<Measured>,
  name: string,
  value: (measured: Measured) => number,
): number {
  return median(measuredOf(results, name).map(value));
}

/** The median of the ratios within each pass, because passes differ more than candidates. */
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
