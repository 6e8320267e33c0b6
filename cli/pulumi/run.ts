import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { interruptEngine } from "../install.mjs";
import { describeWait, hopelessOf, hopelessProblem, Watch, type Watched } from "../observe/watch.ts";
import { onInterrupt } from "../terminal/process.ts";
import { say } from "../terminal/say.ts";
import type { Stages } from "../terminal/stages.ts";
import { explainFailure } from "./explain.ts";
import { type Command, RunFailures } from "./run-failures.ts";

/** How long Pulumi can take to finish its operations when a run is given up; hopeless ones never finish. */
const secondsToStop = 10;

/** How long pods can take to be ready after Pulumi has finished; the same as Helm's timeout. */
const readySeconds = 600;

/** A run of Pulumi, which Ctrl-C or a hopeless wait can stop. */
export function startRun(plan: Plan, command: Command) {
  const failures = new RunFailures();
  const stop = new AbortController();
  const hint = `The next \`npm run ${command}\` continues from there.`;
  const interrupt = onInterrupt(hint, interruptEngine);
  let watch: Watch | undefined;
  let hopeless: Watched | undefined;
  return {
    failures,
    /** Aborted when Pulumi must stop. */
    signal: AbortSignal.any([interrupt.signal, stop.signal]),
    interrupted: () => interrupt.signal.aborted,
    gaveUp: () => hopeless !== undefined,
    /** The watch on the stack's namespaces, which ends with the run. */
    watch(kubeconfig: string): Watch {
      watch ??= new Watch(kubeconfig, plan);
      return watch;
    },
    /** Stops Pulumi, because a wait will not end by itself. */
    giveUp(wait: Watched): void {
      hopeless = wait;
      watch?.stop();
      stop.abort();
      setTimeout(interruptEngine, secondsToStop * 1000).unref();
    },
    /** Explains the error of a failed run: a wait that was given up, or the engine's failures. */
    explain(error: Error): UserError {
      return new UserError(
        hopeless
          ? hopelessProblem(hopeless, plan.names.serverNamespace, command)
          : explainFailure(error, failures.all, plan, command),
      );
    },
    end(): void {
      watch?.stop();
      interrupt.end();
    },
  };
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
