// All output for people: on stderr if stdout is JSON, and in colour only if the terminal supports it
// (NO_COLOR is respected).

import { styleText } from "node:util";
import { describe, type Problem, quoted } from "../../stack/errors.ts";
import { nearest, whyRefused } from "../install.mjs";

/** Exit codes of the commands, as documented in the README. */
export const exitCodes = {
  ok: 0,
  /** The command failed; the message says what to do. */
  failed: 1,
  /** The command line or a setting is wrong; nothing was changed. */
  wrongInput: 2,
  /** A requirement of the command is not met; nothing was changed. */
  notReady: 3,
  /** Ctrl-C, or another signal: 128 plus its number. The next run continues from there. */
  interrupted: 130,
} as const;

let json = false;

/** From now on, stdout is reserved for one JSON document. */
export function reserveStdoutForJson(): void {
  json = true;
}

export function wantsJson(): boolean {
  return json;
}

/** Whether there is someone to ask, at a terminal. */
export function canAsk(): boolean {
  return process.stdin.isTTY && !json;
}

/** Asks for confirmation. */
export async function confirmed(message: string): Promise<boolean> {
  const { default: confirm } = await import("@inquirer/confirm");
  return confirm({ message, default: true });
}

function stream(): NodeJS.WriteStream {
  return json ? process.stderr : process.stdout;
}

/** Text in a style, if the stream is a terminal that supports it. */
export function styled(style: Parameters<typeof styleText>[0], text: string, on = stream()): string {
  return styleText(style, text, { stream: on, validateStream: true });
}

let above: ((text: string) => void) | undefined;

/** Until it is reset, prints text above the display of a run's progress. */
export function sayAbove(print: ((text: string) => void) | undefined): void {
  above = print;
}

/** The selected stack. */
let stack = "dev";

/** From now on, the commands in messages get this `--stack`: without it, they would work on `dev`. */
export function nameStack(name: string): void {
  stack = name;
}

/** A text whose commands work on the selected stack. */
export function forStack(text: string, selected = stack): string {
  if (selected === "dev" || text.includes("--stack")) return text;
  return text.replaceAll(/npm run ([a-z]+)\b(?: --(?= ))?/g, `npm run $1 -- --stack ${selected}`);
}

export function say(text = ""): void {
  if (above) above(forStack(text));
  else stream().write(`${forStack(text)}\n`);
}

/** Prints the command's result: as one JSON document if the user wants that, else as text. */
export function sayResult(value: unknown, asText: () => void): void {
  if (json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  else asText();
}

export function sayProblems(...problems: readonly Problem[]): void {
  const error = styled(["red", "bold"], "error:", process.stderr);
  for (const problem of problems)
    process.stderr.write(`${error} ${describe({ ...problem, fix: forStack(problem.fix) })}\n`);
}

/** Prints what a command repaired before its own work. */
export function sayRepaired(done: readonly string[]): void {
  for (const what of done) say(`${styled("yellow", "repaired")} ${what}`);
}

/** Prints names and values in two columns. */
export function sayTable(rows: readonly (readonly [string, string])[]): void {
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows) say(`  ${styled("dim", name.padEnd(width))}  ${value}`);
}

/** The problem of a file that could not be used; undefined for any other error. */
export function refusedFile(error: unknown): Problem | undefined {
  const { code = "", path, syscall } = error as NodeJS.ErrnoException;
  if (path === undefined) return undefined;
  const what = `${path} can't be ${syscall === "read" || syscall === "scandir" ? "read" : "used"}`;
  if (code === "ENOSPC" || code === "EDQUOT") {
    const why = code === "ENOSPC" ? "its disk is full" : "this user's quota is used up";
    return { what, why, fix: `df -h ${quoted(nearest(path))}   (then free some space)` };
  }
  if (!["EACCES", "EPERM", "EROFS"].includes(code)) return undefined;
  const [why, fix] = whyRefused(path);
  return { what, why, fix };
}
