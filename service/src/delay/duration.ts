/** A duration in milliseconds, which can have a fraction. */
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
 * Parses a duration with a unit: `150us`, `250ms`, `1.5s`, `2m`, `1h`. Only zero needs no unit.
 *
 * @returns milliseconds, rounded to the microsecond, or undefined if the text is not a duration
 */
export function parseDuration(text: string): Milliseconds | undefined {
  if (/^0+(\.0+)?$/.test(text)) return 0;
  const [, amount, unit] = /^(\d{1,15}(?:\.\d{1,9})?)(us|ms|s|m|h)$/.exec(text) ?? [];
  const inMilliseconds = units.find(([name]) => name === unit)?.[1];
  return inMilliseconds && Math.round(Number(amount) * inMilliseconds * 1000) / 1000;
}

/** Formats a duration in the largest unit in which it is at least 1: `250ms`, `1.5s`, `2m`. */
export function formatDuration(duration: Milliseconds): string {
  if (duration === 0) return "0s";
  for (const [unit, milliseconds] of units.slice(0, -1)) {
    if (duration >= milliseconds) return `${Number((duration / milliseconds).toFixed(6))}${unit}`;
  }
  return `${Number((duration * 1000).toFixed(3))}us`;
}
