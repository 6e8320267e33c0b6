// Runs that are cut off, and what the next run makes of what they left.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { exitCodes } from "../../cli/terminal/exit-codes.ts";
import { Checkout, type Ended, ended, signal } from "../checkout.ts";
import { commonSettings } from "../environment.ts";
import { figure } from "../figures.ts";
import { bringUp } from "../stack.ts";
import { killAll } from "./processes.ts";

/** A run that is cut off, and the run that mends it. */
interface Interruption {
  readonly command: "up" | "down";
  /** As Ctrl-C in a terminal, or as a flat battery. */
  readonly signal: "SIGINT" | "SIGKILL";
  /** When, as a share of the time that a whole run took. */
  readonly at: number;
  readonly mendedBy: "up" | "down";
}

interface Interrupted {
  readonly kind: "local" | "existing";
  readonly stack: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly interruptions: readonly Interruption[];
  /** Everything that a stack could leave behind, now. */
  snapshot(): Promise<string[]>;
  added(before: readonly string[], after: readonly string[]): string[];
}

/** Tests that every one of the interruptions is mended by the next run alone. */
export function interruptionsOn({ kind, stack, interruptions, ...on }: Interrupted): void {
  describe(`a run on a cluster of kind ${kind} that is cut off`, () => {
    const settings = { ...commonSettings(), ...on.settings, preset: "laptop" };
    /** Milliseconds that a whole run takes. */
    const whole = { up: 0, down: 0 };
    let checkout: Checkout;
    let left: string[];
    let isUp = false;
    let mended = 0;

    before(async () => {
      left = await on.snapshot();
      checkout = new Checkout();
    });
    after(async () => {
      await checkout.npm("down", "--stack", stack, "--yes");
      checkout.remove();
      figure(`interruptions mended by the next run, ${kind}`, `${mended} of ${interruptions.length}`, "all");
    });

    /** Brings it up, and returns how many seconds that took. */
    async function up(): Promise<number> {
      const { firstLatencySeconds, seconds } = await bringUp(checkout, stack, settings);
      assert.ok(firstLatencySeconds !== undefined, "no latency is visible");
      const verified = await checkout.npm("verify", "--stack", stack, "--json");
      assert.equal(verified.code, 0, verified.stdout + verified.stderr);
      isUp = true;
      return seconds;
    }

    async function down(): Promise<void> {
      const run = await checkout.npm("down", "--stack", stack, "--yes");
      assert.equal(run.code, 0, run.stdout + run.stderr);
      isUp = false;
      const now = on.added(left, await on.snapshot());
      // Others may use the cluster and the engine meanwhile.
      assert.deepEqual(
        now.filter((line) => line.includes(stack)),
        [],
      );
    }

    /** Cuts a run off; undefined when it had ended before. */
    async function cutOff({ command, signal: name, at }: Interruption): Promise<Ended | undefined> {
      const flags = Object.entries(settings).flatMap(([key, value]) => ["--config", `${key}=${value}`]);
      const child = checkout.start(command, "--stack", stack, "--yes", ...(command === "up" ? flags : []));
      const end = ended(child);
      await Promise.race([sleep(at * whole[command]), end]);
      if (child.exitCode !== null || child.pid === undefined) return undefined;
      if (name === "SIGINT") signal(child, name);
      else killAll(child.pid);
      return end;
    }

    it("takes its time when it is not", async () => {
      // The checks after `up` are no part of it.
      whole.up = (await up()) * 1000;
      const began = Date.now();
      await down();
      whole.down = Date.now() - began;
    });

    for (const interruption of interruptions) {
      const { command, signal: name, at, mendedBy } = interruption;
      it(`${command}, by ${name} after ${Math.round(at * 100)} % of its time, is mended by ${mendedBy}`, async () => {
        let cut: Ended | undefined;
        // A run that was faster than the one before is tried again, a little earlier.
        for (let share = at; cut === undefined && share > 0.05; share *= 0.8) {
          if (command === "up" && isUp) await down();
          if (command === "down" && !isUp) await up();
          cut = await cutOff({ ...interruption, at: share });
          isUp = cut === undefined ? command === "up" : isUp;
        }
        assert.ok(cut, "it always ended before it could be cut off");
        // npm ends itself by the signal, when it got it too.
        if (name === "SIGINT")
          assert.ok([exitCodes.interrupted, 128].includes(cut.code), cut.stdout + cut.stderr);
        isUp = mendedBy === "up";
        await { up, down }[mendedBy]();
        mended += 1;
      });
    }

    it("leaves no process behind", async () => {
      const run = await checkout.run("ps", ["-e", "-o", "args="]);
      assert.doesNotMatch(run.stdout, new RegExp(`${checkout.folder}|--stack ${stack}\\b`));
    });
  });
}
