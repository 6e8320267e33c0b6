// Where measurements run: a copy of the project, with the machine's clusters, taken from
// the environment as the end-to-end tests take them.
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Checkout, type Ended } from "../../test/checkout.ts";
import { commonSettings, existingCluster } from "../../test/environment.ts";
import type { UpResult } from "../../test/up.ts";

const root = join(import.meta.dirname, "..", "..");

type Settings = Readonly<Record<string, string>>;

/** Sites that were made in this run. */
const sites: Site[] = [];

/** A copy of the project whose source a measurement may change, and stacks made from it. */
export class Site {
  readonly checkout = new Checkout();
  readonly #settings: Settings;
  readonly #stacks = new Set<string>();

  constructor(cluster: "local" | "existing") {
    const existing = existingCluster();
    this.#settings = {
      ...commonSettings(),
      ...(cluster === "existing" && "settings" in existing ? existing.settings : {}),
    };
    this.#shareDependencies();
    sites.push(this);
  }

  /** Everything a stack is configured with here. */
  settings(more: Settings = {}): Record<string, string> {
    return { ...this.#settings, ...more };
  }

  /** `up`, as a process of its own: what it said about itself, and how many seconds the process took. */
  async up(stack: string, more: Settings = {}): Promise<UpResult & { process: number }> {
    this.#stacks.add(stack);
    const flags = Object.entries(this.settings(more)).flatMap(([key, value]) => [
      "--config",
      `${key}=${value}`,
    ]);
    const { stdout, seconds } = await this.command("up", "--stack", stack, "--yes", "--json", ...flags);
    return { ...(JSON.parse(stdout) as UpResult), process: seconds };
  }

  /** `down`, and how many seconds the process took. */
  async down(stack: string): Promise<number> {
    const { seconds } = await this.command("down", "--stack", stack, "--yes", "--json");
    this.#stacks.delete(stack);
    return seconds;
  }

  /** A command of the project, without npm's own time around it. */
  async command(...args: string[]): Promise<Ended> {
    const ended = await this.checkout.run(process.execPath, this.arguments(...args));
    const { code, stdout, stderr } = ended;
    if (code !== 0) throw new Error(`${args.join(" ")}: exit code ${code}\n${stdout}${stderr}`);
    return ended;
  }

  /** What Node is started with for a command of the project. */
  arguments(...args: string[]): string[] {
    return ["cli/bootstrap.mjs", "cli/main.ts", ...args];
  }

  async end(): Promise<void> {
    for (const stack of this.#stacks) await this.down(stack);
    this.checkout.remove();
  }

  /** What was installed once need not be installed for every copy. */
  #shareDependencies(): void {
    const { folder } = this.checkout;
    mkdirSync(join(folder, ".latency-lab"), { mode: 0o700 });
    for (const path of [
      "node_modules",
      ".latency-lab/node",
      ".latency-lab/pulumi",
      ".latency-lab/compile-cache",
    ]) {
      if (existsSync(join(root, path))) symlinkSync(join(root, path), join(folder, path));
    }
  }
}

/** Takes down whatever measurements left up, the failed ones too. */
export async function endSites(): Promise<void> {
  for (const site of sites.splice(0)) {
    await site.end().catch((error: Error) => console.error(`not taken down: ${error.message}`));
  }
}
