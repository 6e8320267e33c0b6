/** A length of time in milliseconds, fractions allowed. */
export type Milliseconds = number;

/** Units in milliseconds, largest first. */
const units = [
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
  ["us", 0.001],
] as const;

/**
 * Reads a duration with its unit: `0s`, `150us`, `250ms`, `1.5s`, `2m`, `1h`.
 *
 * Only zero may stand without a unit, because only there the unit does not matter.
 *
 * @returns milliseconds, to the microsecond, or undefined when the text is no duration
 */
export function parseDuration(text: string): Milliseconds | undefined {
  if (/^0+(\.0+)?$/.test(text)) return 0;
  const [, amount, unit] = /^(\d{1,15}(?:\.\d{1,9})?)(us|ms|s|m|h)$/.exec(text) ?? [];
  const inMilliseconds = units.find(([name]) => name === unit)?.[1];
  return inMilliseconds && Math.round(Number(amount) * inMilliseconds * 1000) / 1000;
}

/** Writes a duration in the largest unit that keeps it above one: `250ms`, `1.5s`, `2m`. */
export function formatDuration(duration: Milliseconds): string {
  if (duration === 0) return "0s";
  for (const [unit, milliseconds] of units.slice(0, -1)) {
    if (duration >= milliseconds) return `${Number((duration / milliseconds).toFixed(6))}${unit}`;
  }
  return `${Number((duration * 1000).toFixed(3))}us`;
}
