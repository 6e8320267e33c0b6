import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The path of a program on the PATH, if there is one. */
export function onPath(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Why tests that need these programs are skipped; false if they can run. */
export function missing(...names: string[]): string | false {
  const absent = names.filter((name) => onPath(name) === undefined);
  return absent.length === 0 ? false : `not on the PATH: ${absent.join(", ")}`;
}
