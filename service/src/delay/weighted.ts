/** A value and its share of all draws: the weight over the sum of the weights. */
export interface Weighted<T> {
  value: T;
  weight: number;
}

/** More entries would need more histogram buckets than a readable histogram has. */
export const maxWeightedEntries = 16;

/**
 * Reads a weighted list: `150ms:10,2s:5`. A value without a weight has weight 1,
 * so that a single value is a list too.
 *
 * @returns the entries in the order given, or undefined when any of them is wrong
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

/** The entry that holds the share `u` (0 to 1) of the list's weight. */
export function pickWeighted<T>(entries: readonly Weighted<T>[], u: number): T {
  let left = u * entries.reduce((sum, entry) => sum + entry.weight, 0);
  let picked = entries[0];
  for (const entry of entries) {
    if (entry.weight === 0) continue;
    picked = entry;
    left -= entry.weight;
    if (left < 0) break;
  }
  if (picked === undefined) throw new RangeError("a weighted list has at least one entry");
  return picked.value;
}
