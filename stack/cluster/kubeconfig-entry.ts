import { dirname, isAbsolute, join } from "node:path";

/** What stands under a name in a kubeconfig, and the file it stands in: paths are relative to it. */
export interface Entry {
  readonly name: string;
  readonly file: string;
  readonly fields: Record<string, unknown>;
}

/** A path of a kubeconfig, which is relative to its file. */
export function besides({ file }: Entry, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path);
}
