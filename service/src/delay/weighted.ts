/** A value and its weight. Its share of all draws is its weight divided by the sum of the weights. */
export interface Weighted<T> {
  value: T;
  weight: number;
}

/** Limited, because more entries would need too many histogram buckets. */
export const maxWeightedEntries = 16;

/**
 * Parses a weighted list such as `150ms:10,2s:5`. The default weight is 1, so a single value is a list too.
 *
 * @returns the entries in the given order, or undefined if any of them is invalid
 */
export function parseWeighted<T>(
  text: string,
  parseValue: (text: string) => T | undefined,
): Weighted<T>[] | undefined {
  const entries: Weighted<T>[] = [];
  for (const part of text.split(",")) {
    const [valueText = "", weightText = "1", ...more] = part.split(":").map((one) => one.trim());
    const value = parseValue(valueText);
    if (value === undefined || more.length > 0 || !/^\d{1,9}(\.\d{1,9})?$/.test(weightText)) return undefined;
    entries.push({ value, weight: Number(weightText) });
  }
  return totalWeight(entries) > 0 && entries.length <= maxWeightedEntries ? entries : undefined;
}

export function totalWeight(entries: readonly Weighted<unknown>[]): number {
  return entries.reduce((sum, { weight }) => sum + weight, 0);
}

/** Returns the value at the share `u` (0 to 1) of the cumulative weight. */
export function pickWeighted<T>(entries: readonly Weighted<T>[], u: number): T {
  const possible = entries.filter(({ weight }) => weight > 0);
  const wanted = u * totalWeight(possible);
  let cumulative = 0;
  const picked = possible.find(({ weight }) => {
    cumulative += weight;
    // Tolerates the rounding error of a share such as 0.9.
    return cumulative >= wanted - 1e-12 * weight;
  });
  const { value } = picked ?? (possible.at(-1) as Weighted<T>);
  return value;
}

/** The quantile `p` of the values. */
export function weightedQuantile(entries: readonly Weighted<number>[], p: number): number {
  return pickWeighted(
    entries.toSorted((a, b) => a.value - b.value),
    p,
  );
}
