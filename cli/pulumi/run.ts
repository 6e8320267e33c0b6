import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { EngineFailures } from "../failure/engine.ts";
import { explainFailure } from "../failure/explain.ts";
import type { Command } from "../failure/text.ts";
import { onInterrupt } from "../terminal/interrupt.ts";
import { say } from "../terminal/say.ts";
import type { Stages } from "../terminal/stages.ts";
import { describeWait, hopelessProblem } from "../watch/describe.ts";
import { hopelessOf, type Watch, type Watched, watchOf } from "../watch/watch.ts";
import { killEngine } from "./session.ts";

/** How long Pulumi can take to finish its operations when a run is given up; hopeless ones never finish. */
const secondsToStop = 10;

/** How long pods can take to be ready after Pulumi has finished; the same as Helm's timeout. */
const readySeconds = 600;

/** A run of Pulumi, which Ctrl-C or a hopeless wait can stop. */
export class PulumiRun {
  readonly failures = new EngineFailures();
  /** Aborted when Pulumi must stop. */
  readonly signal: AbortSignal;
  readonly #plan: Plan;
  readonly #command: Command;
  readonly #interrupt: ReturnType<typeof onInterrupt>;
  readonly #stop = new AbortController();
  #watch: Watch | undefined;
  #hopeless: Watched | undefined;

  constructor(plan: Plan, command: Command) {
    this.#plan = plan;
    this.#command = command;
    this.#interrupt = onInterrupt(`The next \`npm run ${command}\` continues from there.`, killEngine);
    this.signal = AbortSignal.any([this.#interrupt.signal, this.#stop.signal]);
  }

  get interrupted(): boolean {
    return this.#interrupt.signal.aborted;
  }

  /** The watch on the stack's namespaces, which ends with the run. */
  watch(kubeconfig: string): Watch {
    this.#watch ??= watchOf(kubeconfig, this.#plan);
    return this.#watch;
  }

  /** Stops Pulumi, because a wait can't end well. */
  readonly giveUp = (wait: Watched): void => {
    this.#hopeless = wait;
    this.#watch?.stop();
    this.#stop.abort();
    setTimeout(killEngine, secondsToStop * 1000).unref();
  };

  get gaveUp(): boolean {
    return this.#hopeless !== undefined;
  }

  /** What the error of a run that failed means: a wait that was given up, or the engine's failures. */
  explain(error: Error): UserError {
    const { names } = this.#plan;
    return new UserError(
      this.#hopeless
        ? hopelessProblem(this.#hopeless, names.serverNamespace, this.#command)
        : explainFailure(error, this.failures.all, this.#plan, this.#command),
    );
  }

  end(): void {
    this.#watch?.stop();
    this.#interrupt.end();
  }
}

/**
 * Shows in the stages what the pods of a run wait for, and calls `giveUp` for a wait that will not
 * end. Waits that are older than their stage count from the stage's start.
 */
export function followWaits(
  watch: Pick<Watch, "start">,
  stages: Stages,
  { names }: Pick<Plan, "names">,
  giveUp: (wait: Watched) => void,
): void {
  const began = new Map<string, number>();
  watch.start((waits) => {
    for (const name of ["server", "chart"] as const) {
      if (stages.all.get(name)?.state !== "running") continue;
      const since = began.get(name) ?? Date.now();
      began.set(name, since);
      const own = waits.filter(
        ({ namespace, harmless }) =>
          !harmless && (namespace === names.serverNamespace) === (name === "server"),
      );
      stages.explain(name, own[0] && describeWait(own[0]));
      const hopeless = hopelessOf(own, (Date.now() - since) / 1000);
      if (hopeless) return giveUp(hopeless);
    }
  });
}

/** Waits until every pod of the stack is ready, none crashes and none is being replaced. */
export async function settled(
  watch: Pick<Watch, "look">,
  { names }: Pick<Plan, "names">,
  signal: AbortSignal,
): Promise<void> {
  const began = Date.now();
  let shown: string | undefined;
  while (!signal.aborted) {
    const waits = (await watch.look()).filter(({ harmless }) => !harmless);
    const [first] = waits;
    if (first === undefined) return;
    const seconds = (Date.now() - began) / 1000;
    const failed = hopelessOf(waits, seconds) ?? (seconds > readySeconds ? first : undefined);
    if (failed) throw new UserError(hopelessProblem(failed, names.serverNamespace));
    const text = describeWait(first);
    if (text !== shown) say(`… ${text}`);
    shown = text;
    await sleep(1000, undefined, { signal }).catch(() => {});
  }
}
