import { stripVTControlCharacters } from "node:util";

/** What the Automation API puts around the text of a command that failed. */
const wrapping = /^(code: |stdout:|stderr: Command failed|err\?: |Command failed)|^\s*at .*:\d+:\d+\)?$/;

/** The sentence in which Pulumi, or what it started, says why it failed. */
export function whatPulumiSaid(message: string): string {
  const lines = stripVTControlCharacters(message)
    .replaceAll(/<\{%[^%]*%\}>/g, "") // Pulumi's own colours.
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !wrapping.test(line));
  const [first = message.trim()] = [...lines.filter((line) => /^error: /.test(line)), ...lines];
  return first.replace(/^error: /, "");
}
