import { stripVTControlCharacters } from "node:util";

/** Lines that the Automation API adds to the output of a failed command. */
const wrapping = /^(code: |stdout:|stderr: Command failed|err\?: |Command failed)|^\s*at .*:\d+:\d+\)?$/;

/** The error message of Pulumi, or of a program that it started. */
export function pulumiError(message: string): string {
  const lines = stripVTControlCharacters(message)
    .replaceAll(/<\{%[^%]*%\}>/g, "") // Pulumi's colour markup.
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !wrapping.test(line));
  const [first = message.trim()] = [...lines.filter((line) => /^error: /.test(line)), ...lines];
  return first.replace(/^error: /, "");
}
