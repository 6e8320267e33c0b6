import assert from "node:assert/strict";
import type { Checkout, Ended } from "./checkout.ts";

/** What `npm run up -- --json` prints. */
export interface UpResult {
  readonly seconds: number;
  readonly changes: Readonly<Record<string, number>>;
  readonly firstLatencySeconds?: number;
  readonly stages: Readonly<Record<string, { startedAt?: number; endedAt?: number }>>;
  readonly outputs: Readonly<Record<string, string>> & {
    readonly namespaces: { readonly server: string; readonly monitoring: string };
  };
}

/** Brings a stack up with some settings; fails with everything it printed. */
export async function bringUp(
  checkout: Checkout,
  stack: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<UpResult> {
  const flags = Object.entries(settings).flatMap(([key, value]) => ["--config", `${key}=${value}`]);
  return succeeded(await checkout.npm("up", "--stack", stack, "--yes", "--json", ...flags));
}

/** The JSON of a command that must have succeeded. */
export function succeeded<T>(run: Ended): T {
  assert.equal(run.code, 0, `${run.stdout}\n${run.stderr}`);
  return JSON.parse(run.stdout) as T;
}

/** How many resources an `up` did anything to. */
export function changed({ changes }: UpResult): number {
  return Object.entries(changes)
    .filter(([kind]) => kind !== "same")
    .reduce((sum, [, count]) => sum + count, 0);
}
