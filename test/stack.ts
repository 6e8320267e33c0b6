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

/** Runs `up` with settings; on failure, reports its whole output. */
export async function bringUp(checkout: Checkout, stack: string, settings: Settings = {}): Promise<UpResult> {
  return succeeded(await checkout.npm("up", "--stack", stack, "--yes", "--json", ...flags(settings)));
}

/** Settings as options of `up`. */
export function flags(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([key, value]) => ["--config", `${key}=${value}`]);
}

/** The JSON output of a command that must succeed. */
export function succeeded<T>(run: Ended): T {
  assert.equal(run.code, 0, `${run.stdout}\n${run.stderr}`);
  return JSON.parse(run.stdout) as T;
}

/** Number of resources that an `up` changed. */
export function changed({ changes }: UpResult): number {
  return Object.entries(changes)
    .filter(([kind]) => kind !== "same")
    .reduce((sum, [, count]) => sum + count, 0);
}

/** A stack in its own copy of the project, with the settings of the environment. */
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

  /** Runs `up`. Settings from earlier runs are kept. */
  up(more: Settings = {}): Promise<UpResult> {
    return bringUp(this.checkout, this.name, { ...this.settings, ...more });
  }

  /** The output of a command with `--json`; on failure, reports its whole output. */
  async json<T>(command: string, ...args: string[]): Promise<T> {
    return succeeded<T>(await this.run(command, "--json", ...args));
  }

  async password(): Promise<string> {
    return (await this.run("password")).stdout.trim();
  }

  /** Runs `down` and removes the copy, even after failed tests. */
  async end(): Promise<void> {
    const run = await this.run("down", "--yes");
    this.checkout.remove();
    assert.equal(run.code, 0, run.stdout + run.stderr);
  }
}
