import { median } from "../measure.ts";

/** What a candidate measured, pass by pass. */
export type ByPass<Measured> = ReadonlyMap<string, readonly Measured[]>;

/**
 * Measures every candidate in every pass, one after the other, so that the
 * machine's moods meet all of them alike.
 */
export async function inPasses<C extends { readonly name: string }, Measured>(
  passes: number,
  all: readonly C[],
  measure: (candidate: C) => Promise<Measured>,
): Promise<ByPass<Measured>> {
  const results = new Map<string, Measured[]>(all.map(({ name }) => [name, []]));
  for (let pass = 1; pass <= passes; pass++) {
    for (const candidate of all) {
      process.stderr.write(`pass ${pass} of ${passes}: ${candidate.name}\n`);
      results.get(candidate.name)?.push(await measure(candidate));
    }
  }
  return results;
}

/** The median over the passes; NaN for a candidate that is not there. */
export function medianOf<Measured>(
  results: ByPass<Measured>,
  name: string,
  value: (measured: Measured) => number,
): number {
  return median((results.get(name) ?? []).map(value));
}

/** The median of the ratios pass by pass: two passes differ by more than two candidates do. */
export function ratioOf<Measured>(
  results: ByPass<Measured>,
  [of, to]: readonly [string, string],
  value: (measured: Measured) => number,
): number {
  const others = results.get(to) ?? [];
  return median((results.get(of) ?? []).map((one, pass) => value(one) / value(others[pass] as Measured)));
}
