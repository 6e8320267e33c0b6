// Everything a person reads goes through here: to stderr when stdout carries
// JSON, and in colours only where the terminal shows them (NO_COLOR is honoured).
import { styleText } from "node:util";
import { describe, type Problem } from "../../stack/errors.ts";

type Style = Parameters<typeof styleText>[0];

let json = false;

/** From now on stdout is for one JSON document alone. */
export function reserveStdoutForJson(): void {
  json = true;
}

export function wantsJson(): boolean {
  return json;
}

function stream(): NodeJS.WriteStream {
  return json ? process.stderr : process.stdout;
}

/** Text in a style where the stream is a terminal that shows it. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: stream(), validateStream: true });
}

export function say(text = ""): void {
  stream().write(`${text}\n`);
}

/** The command's result for scripts: the one thing on stdout. */
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

/** Rows of a name and a value, the values in one column. */
export function sayTable(rows: readonly (readonly [string, string])[]): void {
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows) say(`  ${styled("dim", name.padEnd(width))}  ${value}`);
}
