// Interrupts runs, and checks that the next run repairs the stack.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { exitCodes } from "../../cli/terminal/say.ts";
import { type Ended, ended, killAll, signal } from "../checkout.ts";
import { added, snapshot } from "../cluster.ts";
import { noExistingCluster } from "../environment.ts";
import { figure, flags, StackUnderTest } from "../stack.ts";

/** An interruption, and the command that repairs it. */
interface Interruption {
  readonly command: "up" | "down";
  /** SIGINT as by Ctrl-C, SIGKILL as by a power cut. */
  readonly signal: "SIGINT" | "SIGKILL";
  /** When to interrupt, as a share of the duration of a whole run. */
  readonly at: number;
  readonly repairedBy: "up" | "down";
}

// Ten interruptions of `up` and five of `down`, between nothing and a complete stack.
interruptionsOn(
  "existing",
  [
    { command: "up", signal: "SIGKILL", at: 0.1, repairedBy: "down" },
    { command: "up", signal: "SIGINT", at: 0.2, repairedBy: "down" },
    { command: "up", signal: "SIGKILL", at: 0.3, repairedBy: "up" },
    { command: "down", signal: "SIGKILL", at: 0.2, repairedBy: "down" },
    { command: "up", signal: "SIGKILL", at: 0.4, repairedBy: "down" },
    { command: "up", signal: "SIGINT", at: 0.5, repairedBy: "up" },
    { command: "down", signal: "SIGKILL", at: 0.4, repairedBy: "up" },
    { command: "down", signal: "SIGINT", at: 0.6, repairedBy: "down" },
    { command: "up", signal: "SIGKILL", at: 0.6, repairedBy: "up" },
    { command: "down", signal: "SIGKILL", at: 0.7, repairedBy: "down" },
    { command: "up", signal: "SIGKILL", at: 0.7, repairedBy: "down" },
    { command: "up", signal: "SIGINT", at: 0.8, repairedBy: "up" },
    { command: "down", signal: "SIGKILL", at: 0.9, repairedBy: "down" },
    { command: "up", signal: "SIGKILL", at: 0.85, repairedBy: "down" },
    { command: "up", signal: "SIGKILL", at: 0.9, repairedBy: "up" },
  ],
  noExistingCluster(),
);

interruptionsOn("local", [
  { command: "up", signal: "SIGKILL", at: 0.1, repairedBy: "up" },
  { command: "down", signal: "SIGKILL", at: 0.3, repairedBy: "down" },
  { command: "up", signal: "SIGINT", at: 0.25, repairedBy: "down" },
  { command: "up", signal: "SIGKILL", at: 0.4, repairedBy: "down" },
  { command: "up", signal: "SIGKILL", at: 0.6, repairedBy: "up" },
  { command: "down", signal: "SIGINT", at: 0.6, repairedBy: "up" },
  { command: "down", signal: "SIGKILL", at: 0.7, repairedBy: "down" },
  { command: "up", signal: "SIGKILL", at: 0.85, repairedBy: "down" },
]);

/** Tests that the next run alone repairs every interruption. */
function interruptionsOn(
  kind: "local" | "existing",
  interruptions: readonly Interruption[],
  skip: string | false = false,
): void {
  describe(`an interrupted run on a cluster of kind ${kind}`, { skip }, () => {
    const name = kind === "local" ? "f-local-cut" : "f-cut";
    /** Milliseconds of a whole run. */
    const whole = { up: 0, down: 0 };
    let stack: StackUnderTest;
    let left: string[];
    let isUp = false;
    let repaired = 0;

    before(async () => {
      left = await snapshot(kind);
      stack = new StackUnderTest(name, kind, { preset: "laptop" });
    });
    after(async () => {
      await stack.end();
      figure(
        `interruptions repaired by the next run, ${kind}`,
        `${repaired} of ${interruptions.length}`,
        "all",
      );
    });

    /** Runs `up`, and returns its duration in seconds. */
    async function up(): Promise<number> {
      const { firstLatencySeconds, seconds } = await stack.up();
      assert.ok(firstLatencySeconds !== undefined, "no latency is visible");
      await stack.verified();
      isUp = true;
      return seconds;
    }

    async function down(): Promise<void> {
      await stack.down();
      isUp = false;
      const now = added(left, await snapshot(kind));
      // Others may use the cluster and the engine meanwhile.
      assert.deepEqual(
        now.filter((line) => line.includes(name)),
        [],
      );
    }

    /** Interrupts a run; returns undefined if it had ended before. */
    async function cutOff({ command, signal: name, at }: Interruption): Promise<Ended | undefined> {
      const child = stack.start(command, "--yes", ...(command === "up" ? flags(stack.settings) : []));
      const end = ended(child);
      await Promise.race([sleep(at * whole[command]), end]);
      if (child.exitCode !== null || child.pid === undefined) return undefined;
      if (name === "SIGINT") signal(child, name);
      else killAll(child.pid);
      return end;
    }

    it("takes this long without an interruption", async () => {
      // Without the checks after `up`.
      whole.up = (await up()) * 1000;
      const began = Date.now();
      await down();
      whole.down = Date.now() - began;
    });

    for (const interruption of interruptions) {
      const { command, signal: name, at, repairedBy } = interruption;
      it(`${command}, by ${name} after ${Math.round(at * 100)} % of its duration, is repaired by ${repairedBy}`, async () => {
        let cut: Ended | undefined;
        // A run that ended before the interruption is tried again, slightly earlier.
        for (let share = at; cut === undefined && share > 0.05; share *= 0.8) {
          if (command === "up" && isUp) await down();
          if (command === "down" && !isUp) await up();
          cut = await cutOff({ ...interruption, at: share });
          isUp = cut === undefined ? command === "up" : isUp;
        }
        assert.ok(cut, "it always ended before the interruption");
        // npm ends itself with the signal if it received it too.
        if (name === "SIGINT")
          assert.ok([exitCodes.interrupted, 128].includes(cut.code), cut.stdout + cut.stderr);
        isUp = repairedBy === "up";
        await { up, down }[repairedBy]();
        repaired += 1;
      });
    }

    it("leaves no process behind", async () => {
      const run = await stack.checkout.run("ps", ["-e", "-o", "args="]);
      const ofTheStack = new RegExp(`${stack.checkout.folder}|--stack ${stack.name}\\b`);
      assert.deepEqual(
        run.stdout.split("\n").filter((line) => ofTheStack.test(line)),
        [],
      );
    });
  });
}
