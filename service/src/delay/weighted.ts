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
    const [valueText = "", weightText = "1", ...more] = part.trim().split(":");
    const value = parseValue(valueText.trim());
    if (value === undefined || more.length > 0 || !/^\d{1,9}(\.\d{1,9})?$/.test(weightText.trim())) {
      return undefined;
    }
    entries.push({ value, weight: Number(weightText) });
  }
  const total = entries.reduce((sum, entry) => sum + entry.weight, 0);
  return total > 0 && entries.length <= maxWeightedEntries ? entries : undefined;
}

/** Returns the value at the share `u` (0 to 1) of the cumulative weight. */
export function pickWeighted<T>(entries: readonly Weighted<T>[], u: number): T {
  let left = u * entries.reduce((sum, entry) => sum + entry.weight, 0);
  let picked = entries[0];
  for (const entry of entries) {
    if (entry.weight === 0) continue;
    picked = entry;
    left -= entry.weight;
    if (left < 0) break;
  }
  if (picked === undefined) throw new RangeError("the weighted list is empty");
  return picked.value;
}
