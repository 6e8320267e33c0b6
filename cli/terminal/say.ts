// All output for people: on stderr if stdout is JSON, and in colour only if the terminal supports it
// (NO_COLOR is respected).
import { styleText } from "node:util";
import { describe, type Problem } from "../../stack/errors.ts";

type Style = Parameters<typeof styleText>[0];

let json = false;

/** From now on, stdout is reserved for one JSON document. */
export function reserveStdoutForJson(): void {
  json = true;
}

export function wantsJson(): boolean {
  return json;
}

function stream(): NodeJS.WriteStream {
  return json ? process.stderr : process.stdout;
}

/** Text in a style, if the stream is a terminal that supports it. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: stream(), validateStream: true });
}

export function say(text = ""): void {
  stream().write(`${text}\n`);
}

/** Prints the command's result for scripts. */
export function sayJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function sayProblems(problems: readonly Problem[]): void {
  for (const problem of problems) {
    const [what = "", ...rest] = describe(problem).split("\n");
    const label = styleText(["red", "bold"], "error:", { stream: process.stderr, validateStream: true });
    process.stderr.write(`${label} ${what}\n${rest.join("\n")}\n`);
  }
}

/** Prints names and values in two columns. */
export function sayTable(rows: readonly (readonly [string, string])[]): void {
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows) say(`  ${styled("dim", name.padEnd(width))}  ${value}`);
}
