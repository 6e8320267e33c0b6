import { output } from "@pulumi/pulumi";
import { UserError } from "../../stack/errors.ts";
import type { Outputs } from "../../stack/outputs.ts";
import type { Plan } from "../../stack/plan.ts";
import { type LatencyLabArgs, latencyLab } from "../../stack/program.ts";
import { FirstLatency } from "../latency/first-latency.ts";
import { showStages } from "../terminal/progress/show.ts";
import { type Stage, type StageName, Stages } from "../terminal/progress/stages.ts";
import { environmentFile } from "./environment-file.ts";
import { followWaits, settled } from "./follow.ts";
import { handOverLogin } from "./login.ts";
import { refuseNodeReplacement } from "./node-replacement.ts";
import type { OutputValues } from "./outputs.ts";
import { repairDrift } from "./repair/drift.ts";
import { repair } from "./repair/repair.ts";
import { PulumiRun } from "./run.ts";
import { noteRun } from "./running.ts";
import { type FoundStack, findStack } from "./stack.ts";
import { dropSaltWithoutSecrets } from "./stack-file.ts";
import type { State } from "./state.ts";

/** The result of an `up`. */
export interface Deployed {
  /** Seconds since the command began. */
  readonly seconds: number;
  /** The median latency in Prometheus, in seconds; undefined if there is none yet. */
  readonly median: number | undefined;
  /** Number of resources by Pulumi operation: `create`, `update`, `same` … */
  readonly changes: Readonly<Record<string, number>>;
  readonly stages: Readonly<Record<string, Stage>>;
  readonly outputs: OutputValues;
  /** The file to source for plain `pulumi`, if one is needed. */
  readonly environment: string | undefined;
}

/**
 * Runs the program, shows its progress, and waits for the first latency. Creates the stack if it
 * does not exist.
 */
export async function deploy(
  stackName: string,
  plan: Plan,
  args: LatencyLabArgs,
  found: FoundStack | undefined,
  began: number,
): Promise<Deployed | "interrupted"> {
  const run = new PulumiRun(plan, "up");
  const { opened: known, make } = found ?? (await findStack(stackName));
  const opened = known ?? (await make());
  const { kubeconfig, namespaces } = args.existing ?? {};
  const { interrupted: adopt, state } = await repair(opened, plan, "up", kubeconfig, namespaces);
  const note = noteRun(stackName);
  const corrected = await repairDrift(plan, state, kubeconfig);
  if (corrected) await opened.stack.importStack(corrected.deployment);
  if (kubeconfig !== undefined) await handOverLogin(opened, kubeconfig);
  if (run.interrupted) {
    run.end();
    return "interrupted";
  }

  const stages = new Stages(stageNames(plan), began);
  const shown = showStages(stages);
  const latency = new FirstLatency(plan, stages);
  const program = new Program(plan, { ...args, adopt });
  let changes: Deployed["changes"] = {};
  try {
    await opened.stack.up({
      color: "never",
      signal: run.signal,
      replace: args.newPassword ? passwordIn(state) : [],
      program: async () => {
        const outputs = program.describe();
        latency.start(outputs);
        outputs.kubeconfig.apply((kubeconfig) =>
          followWaits(run.watch(kubeconfig), stages, plan, run.giveUp),
        );
        return outputs;
      },
      onEvent: (event) => {
        stages.follow(event);
        changes = event.summaryEvent?.resourceChanges ?? changes;
        run.failures.follow(event);
      },
    });
    note.ended();
    const outputs = await program.outputs;
    const median = await latency.median(outputs);
    stages.endAll("done");
    await shown;
    const watch = run.watch(outputs.kubeconfig);
    watch.stop();
    await settled(watch, plan, run.signal);
    dropSaltWithoutSecrets(stackName);
    return {
      seconds: (Date.now() - began) / 1000,
      median,
      changes,
      stages: Object.fromEntries(stages.all),
      outputs,
      environment: environmentFile(),
    };
  } catch (error) {
    latency.stop();
    stages.endAll("failed");
    await shown;
    if (run.interrupted) return "interrupted";
    if (run.hopeless) throw run.hopeless;
    if (plan.settings.cluster === "local") await refuseNodeReplacement(opened.stack, plan, args);
    throw program.error ?? run.explain(error as Error);
  } finally {
    run.end();
  }
}

/** The program of a run, with the values of its outputs and its own errors. */
class Program {
  readonly outputs: Promise<OutputValues>;
  /** Pulumi would report them as unhandled exceptions. */
  error: UserError | undefined;
  readonly describe: () => Outputs;

  constructor(plan: Plan, args: LatencyLabArgs) {
    const { promise, resolve } = Promise.withResolvers<OutputValues>();
    this.outputs = promise;
    this.describe = () => {
      const outputs = latencyLab(plan, { ...args, mapError: this.#collect });
      output(outputs).apply((values) => resolve(values));
      return outputs;
    };
  }

  readonly #collect = (error: unknown): unknown => {
    if (error instanceof UserError)
      this.error = new UserError([...(this.error?.problems ?? []), ...error.problems]);
    return error;
  };
}

function passwordIn(state: State): string[] {
  const password = state.find("pulumi:index:Stash", "grafana-password");
  return password ? [password.urn] : [];
}

function stageNames({ settings }: Plan): StageName[] {
  return settings.cluster === "local"
    ? ["cluster", "image", "chart", "server", "data"]
    : ["image", "chart", "server", "data"];
}
