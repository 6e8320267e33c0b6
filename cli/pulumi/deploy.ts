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
import type { OutputValues } from "./outputs.ts";
import { remadeNode } from "./remade-node.ts";
import { mendDrift } from "./repair/drift.ts";
import { repair } from "./repair/repair.ts";
import { noteRun } from "./running.ts";
import { killEngine, secondsToStop } from "./session.ts";
import { type FoundStack, findStack } from "./stack.ts";
import { dropSaltWithoutSecrets } from "./stack-file.ts";

/** A stack that is up. */
export interface Deployed {
  /** Since the command began. */
  readonly seconds: number;
  /** The median latency that Prometheus shows, in seconds; undefined when it shows none yet. */
  readonly median: number | undefined;
  /** How many resources were created, updated, left as they are … */
  readonly changes: Readonly<Record<string, number>>;
  readonly stages: Readonly<Record<string, Stage>>;
  readonly outputs: OutputValues;
  /** The file to source for plain `pulumi`, when there is something to set. */
  readonly environment: string | undefined;
}

/** How long the first latency may take once everything is ready, beside two scrapes. */
const patienceSeconds = 15;

/** How long the kubelet and Prometheus may take to read a changed configuration. */
const reloadSeconds = 100;

/**
 * Runs the program, shows how it goes, and waits for the first latency. The stack was
 * looked for while the checks ran; where it is not there, it is made now.
 */
export async function deploy(
  stackName: string,
  plan: Plan,
  prepared: Prepared,
  found: FoundStack | undefined,
  began: number,
): Promise<Deployed | "interrupted"> {
  const interrupt = onInterrupt("The next `npm run up` goes on from there.", killEngine);
  const located = Promise.withResolvers<Pick<Where, "serverUrl" | "prometheusUrl">>();
  const made = Promise.withResolvers<OutputValues>();
  const { opened: there, make } = found ?? (await findStack(stackName));
  const opened = there ?? (await make());
  const { interrupted: adopt, state } = await repair(opened, plan, prepared, "up");
  const run = noteRun(stackName);
  const mended = await mendDrift(plan, prepared, state);
  if (mended) await opened.stack.importStack(mended.deployment);
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
  // Pulumi would pass a message of the program's own on as the text of an unhandled exception.
  let told: UserError | undefined;
  const telling = (error: unknown) => {
    if (error instanceof UserError) told = new UserError([...(told?.problems ?? []), ...error.problems]);
    return error;
  };
  try {
    await opened.stack.up({
      color: "never",
      signal,
      ...(prepared.newPassword && password !== undefined ? { replace: [password] } : {}),
      program: async () => {
        const outputs = latencyLab(plan, { ...withSteps(prepared, telling), adopt });
        locate(outputs, located.resolve);
        output(outputs).apply((values) => made.resolve(values));
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
    const patience = (patienceSeconds + reload + 2 * plan.settings.scrapeInterval) * 1000;
    const timer = setTimeout(() => enough.abort(), patience);
    const outputs = await made.promise;
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
    const remade =
      plan.settings.cluster === "local" &&
      (await remadeNode(opened.stack, async () => latencyLab(plan, prepared)).catch(() => undefined));
    if (remade) throw new UserError(remade);
    throw told ?? new UserError(explainFailure(error as Error, failures.all, plan));
  } finally {
    watch?.stop();
    interrupt.stop();
  }
}

/** Where NodePorts can't be reached from this machine, the cluster's API carries the requests. */
async function latencyThroughForwards(
  outputs: OutputValues,
  stages: Stages,
  patience: number,
): Promise<number | undefined> {
  const { reach } = await import("../clients/reach.ts");
  const { urls, forwarded, close } = await reach(outputs, ["prometheus", "server"]);
  if (forwarded.length === 0) return undefined; // They answer; there is just nothing to see yet.
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

/** Finds the URLs as soon as they are known, long before the release is ready. */
function locate(outputs: Outputs, found: (where: Pick<Where, "serverUrl" | "prometheusUrl">) => void): void {
  outputs.serverUrl.apply((serverUrl) =>
    outputs.prometheusUrl.apply((prometheusUrl) => found({ serverUrl, prometheusUrl })),
  );
}
