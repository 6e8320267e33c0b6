import { output } from "@pulumi/pulumi";
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { type Problem, UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { type LatencyLabArgs, latencyLab } from "../../stack/program.ts";
import { firstLatency } from "../observe/first-latency.ts";
import { Stages } from "../terminal/stages.ts";
import { repairDrift } from "./drift.ts";
import { deleteClaims } from "./helm-release.ts";
import { noteRun } from "./lock.ts";
import type { OutputValues } from "./outputs.ts";
import { repair } from "./repair.ts";
import { followWaits, settled, startRun } from "./run.ts";
import { type FoundStack, findStack, handOverLogin } from "./stack.ts";
import { dropSaltWithoutSecrets } from "./stack-file.ts";
import { changedVersions } from "./state.ts";

export type Deployed = Exclude<Awaited<ReturnType<typeof deploy>>, "interrupted">;

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
) {
  const run = startRun(plan, "up");
  const { opened: known, make } = found ?? (await findStack(stackName));
  const opened = known ?? (await make());
  const { kubeconfig, namespaces } = args.existing ?? {};
  const { interrupted: adopt, state } = await repair(opened, plan, "up", kubeconfig, namespaces);
  const note = noteRun(stackName);
  const corrected = await repairDrift(plan, state, kubeconfig);
  if (corrected) await opened.stack.importStack(corrected.deployment);
  if (kubeconfig !== undefined) await handOverLogin(opened, kubeconfig);
  if (run.interrupted()) {
    run.end();
    return "interrupted" as const;
  }

  const local = plan.settings.cluster === "local" ? (["cluster"] as const) : [];
  const stages = new Stages([...local, "image", "chart", "server", "data"], began);
  const latency = firstLatency(plan, stages);
  // The Prometheus that is replaced has latencies too.
  const change = changedVersions(corrected ?? state, plan);
  if (change && plan.settings.persistence) await deleteClaims(plan, state, kubeconfig);
  const password = args.newPassword ? state.find("pulumi:index:Stash", "grafana-password") : undefined;
  const ready = Promise.withResolvers<OutputValues>();
  let changes: Readonly<Record<string, number>> = {};
  /** Errors of the program, which Pulumi would report as unhandled exceptions. */
  const problems: Problem[] = [];
  const mapError = (error: unknown) => {
    if (error instanceof UserError) problems.push(...error.problems);
    return error;
  };
  try {
    await opened.stack.up({
      color: "never",
      signal: run.signal,
      replace: password ? [password.urn] : [],
      program: async () => {
        const outputs = latencyLab(plan, { ...args, adopt, mapError });
        output(outputs).apply((values) => ready.resolve(values));
        if (!change) latency.start(outputs);
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
    // Pulumi can end without an error when it is stopped between two resources.
    run.signal.throwIfAborted();
    note.ended();
    const outputs = await ready.promise;
    if (change) latency.startAt(outputs);
    const median = await latency.median(outputs);
    stages.endAll("done");
    const watch = run.watch(outputs.kubeconfig);
    watch.stop();
    await settled(watch, plan, run.signal);
    dropSaltWithoutSecrets(stackName);
    return {
      /** Seconds since the command began. */
      seconds: (Date.now() - began) / 1000,
      /** The median latency in Prometheus, in seconds; undefined if there is none yet. */
      median,
      /** Number of resources by Pulumi operation: `create`, `update`, `same` … */
      changes,
      stages: Object.fromEntries(stages.all),
      outputs,
    };
  } catch (error) {
    latency.stop();
    stages.endAll("failed");
    if (run.interrupted()) return "interrupted" as const;
    if (run.gaveUp()) throw run.explain(error as Error);
    if (local.length > 0) await refuseNodeReplacement(opened.stack, plan, args);
    if (problems.length > 0) throw new UserError(problems);
    throw run.explain(error as Error);
  } finally {
    run.end();
  }
}

/**
 * Explains an `up` that failed because a changed setting, or a newer version of this project, must
 * replace the local cluster's node. Pulumi can't replace a container together with the objects in
 * its cluster, and fails before it changes anything.
 */
async function refuseNodeReplacement(stack: Stack, plan: Plan, args: LatencyLabArgs): Promise<void> {
  let differs: readonly string[] | undefined;
  const onEvent = ({ resourcePreEvent }: EngineEvent) => {
    const { op, type, urn, diffs } = resourcePreEvent?.metadata ?? {};
    const isNode = type === "docker:index/container:Container" && urn?.endsWith("::node");
    if (isNode && op === "replace") differs = diffs ?? [];
  };
  const program = async () => latencyLab(plan, args);
  // If the preview fails too, it failed for another reason, which is already known.
  await stack.preview({ color: "never", program, onEvent }).catch(() => {});
  if (differs === undefined) return;
  throw new UserError({
    what: "the local cluster's node must be created again",
    why: `its container differs (${differs.join(", ")}), and everything in the cluster is deleted with it`,
    fix: "npm run down, then npm run up   (the data of Prometheus, Loki and Grafana is lost)",
  });
}
