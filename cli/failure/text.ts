import { stripVTControlCharacters } from "node:util";

export type Command = "up" | "down";

/** A text without the colours of Pulumi and of the terminal. */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/<\{%[^%]*%\}>/g, "")
    .trim();
}

/** `urn:pulumi:stack::project::parent$type::name` → `type`. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

/** Lines that the Automation API adds to the output of a failed command. */
const wrapping = /^(code: |stdout:|Command failed|err\?: )|^at .*:\d+:\d+\)?$/;

/**
 * The errors in the output of a failed Pulumi command, or else its other lines. An error of the
 * Automation API also contains the exit code, stdout with the progress of the run, and its own error.
 */
export function errorLines(message: string): string[] {
  const [, stderr = message] = /\bstderr: ([\s\S]*?)(?:\n\s*err\?: |$)/.exec(plain(message)) ?? [];
  const lines = linesOf(stderr).filter((line) => !wrapping.test(line));
  const errors = lines.filter((line) => /^error: /.test(line));
  return (errors.length > 0 ? errors : lines).map((line) => line.replace(/^error: /, ""));
}

/** The first of them, or the whole message. */
export function pulumiError(message: string): string {
  return errorLines(message)[0] ?? message.trim();
}

/** The lines of a longer text, indented to align after `why:`. */
export function indented(text: string): string {
  return linesOf(text).join("\n       ");
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
