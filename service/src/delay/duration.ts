/** A length of time in milliseconds, fractions allowed. */
export type Milliseconds = number;

const unitInMilliseconds = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/**
 * Reads a duration with its unit: `0s`, `150us`, `250ms`, `1.5s`, `2m`, `1h`.
 *
 * Only zero may stand without a unit, because only there the unit does not matter.
 *
 * @returns milliseconds, to the microsecond, or undefined when the text is no duration
 */
export function parseDuration(text: string): Milliseconds | undefined {
  if (/^0+(\.0+)?$/.test(text)) return 0;
  const match = /^(\d{1,15}(?:\.\d{1,9})?)(us|ms|s|m|h)$/.exec(text);
  if (match === null) return undefined;
  const [, amount, unit] = match as unknown as [string, string, keyof typeof unitInMilliseconds];
  return Math.round(Number(amount) * unitInMilliseconds[unit] * 1000) / 1000;
}

/** Writes a duration in the largest unit that keeps it above one: `250ms`, `1.5s`, `2m`. */
export function formatDuration(duration: Milliseconds): string {
  if (duration === 0) return "0s";
  for (const unit of ["h", "m", "s", "ms"] as const) {
    if (duration >= unitInMilliseconds[unit]) {
      return `${Number((duration / unitInMilliseconds[unit]).toFixed(6))}${unit}`;
    }
  }
  return `${Number((duration * 1000).toFixed(3))}us`;
}
