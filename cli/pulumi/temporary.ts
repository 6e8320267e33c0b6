import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "./alive.ts";
import { ensureStateDir } from "./paths.ts";

/**
 * A folder for the temporary files of Pulumi and its plugins. It is removed when this process ends,
 * or by the next run if this one is killed: the Kubernetes plugin leaves credentials of the cluster
 * in its temporary files.
 */
export function temporaryFolder(): Record<string, string> {
  const stateDir = ensureStateDir();
  const remove = (name: string) => rmSync(join(stateDir, name), { recursive: true, force: true });
  for (const name of readdirSync(stateDir)) {
    if (name.startsWith("tmp-") && !isAlive(Number.parseInt(name.slice(4), 10))) remove(name);
  }
  const name = `tmp-${process.pid}`;
  remove(name);
  const folder = join(stateDir, name);
  mkdirSync(folder, { mode: 0o700 });
  process.on("exit", () => remove(name));
  return { TMPDIR: folder, TMP: folder, TEMP: folder };
}
