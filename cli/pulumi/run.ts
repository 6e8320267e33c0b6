import { UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { EngineFailures } from "../failure/engine.ts";
import { explainFailure } from "../failure/explain.ts";
import { onInterrupt } from "../terminal/interrupt.ts";
import { hopelessProblem } from "../watch/describe.ts";
import type { Watch, Watched } from "../watch/watch.ts";
import { watchOf } from "./follow.ts";
import { killEngine } from "./session.ts";

/** How long Pulumi can take to finish its operations when a run is given up; hopeless ones never finish. */
const secondsToStop = 10;

/** A run of Pulumi, which Ctrl-C or a hopeless wait can stop. */
export class PulumiRun {
  readonly failures = new EngineFailures();
  /** Aborted when Pulumi must stop. */
  readonly signal: AbortSignal;
  readonly #plan: Plan;
  readonly #command: "up" | "down";
  readonly #interrupt: ReturnType<typeof onInterrupt>;
  readonly #stop = new AbortController();
  #watch: Watch | undefined;
  #hopeless: Watched | undefined;

  constructor(plan: Plan, command: "up" | "down") {
    this.#plan = plan;
    this.#command = command;
    this.#interrupt = onInterrupt(`The next \`npm run ${command}\` continues from there.`, killEngine);
    this.signal = AbortSignal.any([this.#interrupt.signal, this.#stop.signal]);
  }

  /** Whether the user stopped it. */
  get interrupted(): boolean {
    return this.#interrupt.interrupted();
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

  /** The reason why it was given up, if it was. */
  get hopeless(): UserError | undefined {
    if (this.#hopeless === undefined) return undefined;
    return new UserError(hopelessProblem(this.#hopeless, this.#plan.names.serverNamespace, this.#command));
  }

  /** What the error of a run that failed means. */
  explain(error: Error): UserError {
    return new UserError(explainFailure(error, this.failures.all, this.#plan, this.#command));
  }

  end(): void {
    this.#watch?.stop();
    this.#interrupt.stop();
  }
}
