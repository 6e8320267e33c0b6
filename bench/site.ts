// The measured stacks: copies of the project, with settings from the environment as in the e2e tests.
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Ended } from "../test/checkout.ts";
import { missing, noExistingCluster } from "../test/environment.ts";
import { flags, StackUnderTest, succeeded, type UpResult } from "../test/stack.ts";

const root = join(import.meta.dirname, "..");

/** Stacks created in this run. */
const sites: Site[] = [];

/** Requirements of stacks on an existing cluster. */
export async function needsCluster(): Promise<string[]> {
  const noCluster = noExistingCluster();
  return [...(await missing()), ...(noCluster ? [noCluster] : [])];
}

/** A stack whose commands are timed as processes, without npm. */
export class Site {
  readonly stack: StackUnderTest;
  #isUp = false;

  constructor(name: string, cluster: "local" | "existing") {
    this.stack = new StackUnderTest(name, cluster);
    const { folder } = this.stack.checkout;
    mkdirSync(join(folder, ".latency-lab"), { mode: 0o700 });
    // Installed once for all copies.
    for (const path of ["node_modules", ...["node", "pulumi", "compile-cache"].map(inState)]) {
      if (existsSync(join(root, path))) symlinkSync(join(root, path), join(folder, path));
    }
    sites.push(this);
  }

  /** Runs `up`; returns its result and the seconds of the process. */
  async up(): Promise<UpResult & { process: number }> {
    this.#isUp = true;
    const ended = await this.#run("up", "--yes", ...flags(this.stack.settings));
    return { ...succeeded<UpResult>(ended), process: ended.seconds };
  }

  /** Runs `down`; returns the seconds of the process. */
  async down(): Promise<number> {
    const ended = await this.#run("down", "--yes");
    succeeded(ended);
    this.#isUp = false;
    return ended.seconds;
  }

  /** Node's arguments for a command of the project. */
  arguments(command: string, ...args: string[]): string[] {
    return ["cli/bootstrap.mjs", "cli/main.ts", command, "--stack", this.stack.name, "--json", ...args];
  }

  async end(): Promise<void> {
    if (this.#isUp) await this.down();
    this.stack.checkout.remove();
  }

  #run(command: string, ...args: string[]): Promise<Ended> {
    return this.stack.checkout.run(process.execPath, this.arguments(command, ...args));
  }
}

const inState = (name: string) => join(".latency-lab", name);

/** Takes down all stacks, including those of failed measurements. */
export async function endSites(): Promise<void> {
  for (const site of sites.splice(0)) {
    await site.end().catch((error: Error) => console.error(`cannot take down the stack: ${error.message}`));
  }
}
