import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensureStateDir } from "./paths.ts";

/**
 * A folder for the temporary files of Pulumi and its plugins, which goes when this
 * process ends, or with the next run. Pulumi's plugin for Kubernetes writes the
 * cluster's credentials into such files and leaves them there.
 */
export function temporaryFolder(stack: string): Record<string, string> {
  const folder = join(ensureStateDir(), `tmp-${stack.replaceAll("/", "-")}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return { TMPDIR: folder, TMP: folder, TEMP: folder };
}
