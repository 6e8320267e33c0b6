/** More of a value than this helps nobody to find it. */
const longest = 80;

/** What a terminal acts on instead of showing it, or shows as something else. */
const notShown = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** A value as a message quotes it: on one line, with what a terminal would act on escaped, cut where it gets long. */
export function shown(value: string): string {
  const cut = value.length > longest ? `${value.slice(0, longest)}…` : value;
  return JSON.stringify(cut).replace(notShown, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
}

/** Whether a text can stand in a message, or in a command to copy, as it is. */
export function isPrintable(value: string): boolean {
  return value.length <= longest && value.trim() !== "" && value.search(notShown) < 0;
}
