import { output } from "@pulumi/pulumi";
import { UserError } from "../../stack/errors.ts";
import type { Outputs } from "../../stack/outputs.ts";
import type { Plan } from "../../stack/plan.ts";
import { type Prepared, withSteps } from "../../stack/preflight/preflight.ts";
import { latencyLab } from "../../stack/program.ts";
import { EngineFailures } from "../failure/engine.ts";
import { explainFailure } from "../failure/explain.ts";
import { onInterrupt } from "../terminal/interrupt.ts";
import { firstLatency, type Where } from "../terminal/progress/first-latency.ts";
import { showStages } from "../terminal/progress/show.ts";
import { type Stage, type StageName, Stages } from "../terminal/progress/stages.ts";
import { hopelessProblem } from "../watch/describe.ts";
import type { Watch, Watched } from "../watch/watch.ts";
import { environmentFile } from "./environment-file.ts";
import { followWaits, settled, watchOf } from "./follow.ts";
import { handOverLogin } from "./login.ts";
import { nodeReplacement } from "./node-replacement.ts";
import type { OutputValues } from "./outputs.ts";
import { repairDrift } from "./repair/drift.ts";
import { repair } from "./repair/repair.ts";
import { noteRun } from "./running.ts";
import { killEngine, secondsToStop } from "./session.ts";
import { type FoundStack, findStack } from "./stack.ts";
import { dropSaltWithoutSecrets } from "./stack-file.ts";

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

/** How long to wait for the first latency when everything is ready, in addition to two scrapes. */
const latencySeconds = 15;

/** How long the kubelet and Prometheus can take to reload a changed configuration. */
const reloadSeconds = 100;

/**
 * Runs the program, shows its progress, and waits for the first latency. Creates the stack if it
 * does not exist.
 */
export async function deploy(
  stackName: string,
  plan: Plan,
  prepared: Prepared,
  found: FoundStack | undefined,
  began: number,
): Promise<Deployed | "interrupted"> {
  const interrupt = onInterrupt("The next `npm run up` continues from there.", killEngine);
  const located = Promise.withResolvers<Pick<Where, "serverUrl" | "prometheusUrl">>();
  const exported = Promise.withResolvers<OutputValues>();
  const { opened: existing, make } = found ?? (await findStack(stackName));
  const opened = existing ?? (await make());
  const { interrupted: adopt, state } = await repair(opened, plan, prepared, "up");
  const run = noteRun(stackName);
  const corrected = await repairDrift(plan, prepared, state);
  if (corrected) await opened.stack.importStack(corrected.deployment);
  if (prepared.existing) await handOverLogin(opened, prepared.existing.kubeconfig);
  const password = state.find("pulumi:index:Stash", "grafana-password")?.urn;
  if (interrupt.interrupted()) {
    interrupt.stop();
    return "interrupted";
  }

  const stages = new Stages(stageNames(plan), began);
  const shown = showStages(stages);
  const enough = new AbortController();
  const data = located.promise.then((where) =>
    firstLatency(
      { ...where, namespace: plan.names.serverNamespace, scrapeTargets: plan.settings.scrapeTargets },
      stages,
      enough.signal,
    ),
  );
  const failures = new EngineFailures();
  const stop = new AbortController();
  const signal = AbortSignal.any([interrupt.signal, stop.signal]);
  let watch: Watch | undefined;
  let hopeless: Watched | undefined;
  const giveUp = (wait: Watched) => {
    hopeless = wait;
    watch?.stop();
    stop.abort();
    setTimeout(killEngine, secondsToStop * 1000).unref();
  };
  let changes: Deployed["changes"] = {};
  // Pulumi would report the program's own errors as unhandled exceptions.
  let programError: UserError | undefined;
  const collectError = (error: unknown) => {
    if (error instanceof UserError)
      programError = new UserError([...(programError?.problems ?? []), ...error.problems]);
    return error;
  };
  try {
    await opened.stack.up({
      color: "never",
      signal,
      ...(prepared.newPassword && password !== undefined ? { replace: [password] } : {}),
      program: async () => {
        const outputs = latencyLab(plan, { ...withSteps(prepared, collectError), adopt });
        locate(outputs, located.resolve);
        output(outputs).apply((values) => exported.resolve(values));
        outputs.kubeconfig.apply((kubeconfig) => {
          watch = watchOf(kubeconfig, plan);
          followWaits(watch, stages, plan, giveUp);
        });
        return outputs;
      },
      onEvent: (event) => {
        stages.follow(event);
        changes = event.summaryEvent?.resourceChanges ?? changes;
        failures.follow(event);
      },
    });
    run.ended();
    const reload = plan.settings.scrapeTargets.length > 0 ? reloadSeconds : 0;
    const patience = (latencySeconds + reload + 2 * plan.settings.scrapeInterval) * 1000;
    const timer = setTimeout(() => enough.abort(), patience);
    const outputs = await exported.promise;
    const median = (await data) ?? (await latencyThroughForwards(outputs, stages, patience));
    clearTimeout(timer);
    stages.endAll("done");
    await shown;
    watch?.stop();
    await settled(watch ?? watchOf(outputs.kubeconfig, plan), plan, interrupt.signal);
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
    enough.abort();
    stages.endAll("failed");
    await shown;
    if (interrupt.interrupted()) return "interrupted";
    if (hopeless) throw new UserError(hopelessProblem(hopeless, plan.names.serverNamespace));
    const replacement =
      plan.settings.cluster === "local" &&
      (await nodeReplacement(opened.stack, async () => latencyLab(plan, prepared)).catch(() => undefined));
    if (replacement) throw new UserError(replacement);
    throw programError ?? new UserError(explainFailure(error as Error, failures.all, plan));
  } finally {
    watch?.stop();
    interrupt.stop();
  }
}

/** Waits for the first latency through port-forwards, if this machine can't reach the NodePorts. */
async function latencyThroughForwards(
  outputs: OutputValues,
  stages: Stages,
  patience: number,
): Promise<number | undefined> {
  const { reach } = await import("../clients/reach.ts");
  const { urls, forwarded, close } = await reach(outputs, ["prometheus", "server"]);
  if (forwarded.length === 0) return undefined; // NodePorts answer, but there is no data yet.
  const where = {
    serverUrl: urls.server,
    prometheusUrl: urls.prometheus,
    namespace: outputs.namespaces.server,
  };
  const median = await firstLatency(where, stages, AbortSignal.timeout(patience));
  close();
  return median;
}

function stageNames({ settings }: Plan): StageName[] {
  return settings.cluster === "local"
    ? ["cluster", "image", "chart", "server", "data"]
    : ["image", "chart", "server", "data"];
}

/** Passes on the URLs as soon as they are known, long before the release is ready. */
function locate(outputs: Outputs, found: (where: Pick<Where, "serverUrl" | "prometheusUrl">) => void): void {
  outputs.serverUrl.apply((serverUrl) =>
    outputs.prometheusUrl.apply((prometheusUrl) => found({ serverUrl, prometheusUrl })),
  );
}
