import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureStateDir, stateDir } from "./paths.ts";

function marker(stack: string): string {
  return join(stateDir, `running-${stack.replaceAll("/", "-")}`);
}

/** Whether the run before this one was killed: it left its note. */
export function wasKilled(stack: string): boolean {
  return existsSync(marker(stack));
}

/** Notes that a run changes the stack; the note goes when it ends, and stays when it is killed. */
export function noteRun(stack: string): { ended(): void } {
  ensureStateDir();
  const file = marker(stack);
  writeFileSync(file, `${process.pid}\n`);
  return { ended: () => rmSync(file, { force: true }) };
}
