import assert from "node:assert/strict";
import { Checkout, type Ended } from "./checkout.ts";
import { commonSettings, existingSettings } from "./environment.ts";

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

type Settings = Readonly<Record<string, string>>;

/** Brings a stack up with some settings; fails with everything it printed. */
export async function bringUp(checkout: Checkout, stack: string, settings: Settings = {}): Promise<UpResult> {
  return succeeded(await checkout.npm("up", "--stack", stack, "--yes", "--json", ...flags(settings)));
}

/** Settings as `up` takes them on its command line. */
export function flags(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([key, value]) => ["--config", `${key}=${value}`]);
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

/** A stack in a copy of the project of its own, with the settings of the environment. */
export class StackUnderTest {
  readonly name: string;
  readonly checkout = new Checkout();
  readonly settings: Settings;

  constructor(name: string, cluster: "local" | "existing", settings: Settings = {}) {
    this.name = name;
    this.settings =
      cluster === "existing" ? existingSettings(settings) : { ...commonSettings(), ...settings };
  }

  /** `npm run COMMAND -- --stack NAME ARGS` */
  run(command: string, ...args: string[]): Promise<Ended> {
    return this.checkout.npm(command, "--stack", this.name, ...args);
  }

  /** Brings it up; settings given once stay. */
  up(more: Settings = {}): Promise<UpResult> {
    return bringUp(this.checkout, this.name, { ...this.settings, ...more });
  }

  /** What a command prints with `--json`; fails with everything it printed. */
  async json<T>(command: string, ...args: string[]): Promise<T> {
    return succeeded<T>(await this.run(command, "--json", ...args));
  }

  async password(): Promise<string> {
    return (await this.run("password")).stdout.trim();
  }

  /** Takes it down, however the test ended, and removes the copy. */
  async end(): Promise<void> {
    const run = await this.run("down", "--yes");
    this.checkout.remove();
    assert.equal(run.code, 0, run.stdout + run.stderr);
  }
}
