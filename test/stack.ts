import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { Checkout, type Ended, ended } from "./checkout.ts";
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

/** Settings as options of `up`. */
export function flags(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([key, value]) => ["--config", `${key}=${value}`]);
}

/** The JSON output of a command that must succeed. */
function succeeded<T>(run: Ended): T {
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
  readonly checkout: Checkout;
  readonly settings: Settings;

  constructor(
    name: string,
    cluster: "local" | "existing",
    settings: Settings = {},
    checkout = new Checkout(),
  ) {
    this.name = name;
    this.checkout = checkout;
    this.settings =
      cluster === "existing" ? existingSettings(settings) : { ...commonSettings(), ...settings };
  }

  /** `npm run COMMAND -- --stack NAME ARGS` */
  run(command: string, ...args: string[]): Promise<Ended> {
    return ended(this.start(command, ...args));
  }

  /** The same, without waiting for it. */
  start(command: string, ...args: string[]): ChildProcess {
    return this.checkout.start(command, "--stack", this.name, ...args);
  }

  /** The JSON output of a command that must succeed. */
  async json<T>(command: string, ...args: string[]): Promise<T> {
    return succeeded<T>(await this.run(command, "--json", ...args));
  }

  /** Runs `up`. Other settings from earlier runs are kept. */
  up(more: Settings = {}): Promise<UpResult> {
    return this.json("up", "--yes", ...flags({ ...this.settings, ...more }));
  }

  /** Runs `up`, and also returns what it says. */
  async upSaying(): Promise<{ up: UpResult; says: string }> {
    const run = await this.run("up", "--yes", "--json");
    return { up: succeeded<UpResult>(run), says: run.stderr };
  }

  /** Runs `verify`, which must find nothing wrong. */
  async verified(): Promise<void> {
    await this.json("verify");
  }

  async password(): Promise<string> {
    return (await this.run("password")).stdout.trim();
  }

  /** Runs plain `pulumi` on the stack. */
  pulumi(args: string): Promise<Ended> {
    const source = "test -f .latency-lab/env && . .latency-lab/env";
    return this.checkout.run("sh", ["-c", `${source}; pulumi ${args} --stack ${this.name}`]);
  }

  /** Runs `down`, which must succeed. */
  async down(): Promise<void> {
    const run = await this.run("down", "--yes");
    assert.equal(run.code, 0, run.stdout + run.stderr);
  }

  /** Removes the stack and the copy, even after failed tests. */
  async end(): Promise<void> {
    await this.run("down", "--yes");
    this.checkout.remove();
  }
}

const figures: string[] = [];

/** Records a measured figure and its target. Figures are printed and never fail a test. */
export function figure(what: string, measured: string, wanted: string): void {
  figures.push(`${what}: ${measured} (${wanted})`);
}

process.on("exit", () => {
  for (const line of figures) console.log(`# ${line}`);
});
