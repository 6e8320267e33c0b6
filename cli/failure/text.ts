export type Command = "up" | "down";

/** The command that continues an unfinished run. */
export function runAgain(command: Command): string {
  return `npm run ${command}   (continues where it stopped)`;
}

/** The lines of a longer text, indented to align after `why:`. */
export function indented(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n       ");
}
