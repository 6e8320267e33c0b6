export type Command = "up" | "down";

export function goesOn(command: Command): string {
  return `npm run ${command}   (goes on from where it stopped)`;
}

/** The lines of a longer text under each other, behind `why:`. */
export function indented(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n       ");
}
