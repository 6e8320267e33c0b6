import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureStateDir, stateDir } from "./paths.ts";

function marker(stack: string): string {
  return join(stateDir, `running-${stack.replaceAll("/", "-")}`);
}

/** Whether the previous run was killed and left its marker file. */
export function wasKilled(stack: string): boolean {
  return existsSync(marker(stack));
}

/** Marks that a run changes the stack. The marker file is removed when the run ends, but stays if it is killed. */
export function noteRun(stack: string): { ended(): void } {
  ensureStateDir();
  const file = marker(stack);
  writeFileSync(file, `${process.pid}\n`);
  return { ended: () => rmSync(file, { force: true }) };
}
