import { CoreV1Api, type V1Pod } from "@kubernetes/client-node";
import type { Command } from "commander";
import { ClusterClient } from "../../stack/cluster/client.ts";
import { refusals } from "../../stack/cluster/refusal.ts";
import { firstLineOf, type Problem, UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { type CommonOptions, exitsWith, jsonOption, planOf, stackOption } from "../options.ts";
import { clusterOf } from "../pulumi/cluster-of.ts";
import { watchOf } from "../pulumi/follow.ts";
import { otherRun } from "../pulumi/one-run.ts";
import { exitCodes } from "../terminal/exit-codes.ts";
import { reserveStdoutForJson, say, sayJson, sayTable, styled } from "../terminal/say.ts";
import { describeWait } from "../watch/describe.ts";
import { isReady } from "../watch/pods.ts";
import type { Watched } from "../watch/watch.ts";

/** The options and the action of the command. */
export const define = (command: Command) =>
  command.addOption(stackOption()).addOption(jsonOption()).action(exitsWith(showStatus));

/** Lists the stack's pods, what it waits for, and its URLs. Works while `up` or `down` runs. */
async function showStatus({ stack, json }: CommonOptions): Promise<number> {
  if (json) reserveStdoutForJson();
  const plan = planOf(stack);
  const { kubeconfig, outputs } = await clusterOf(stack, plan);
  const [pods, waits] = await podsAndWaits(kubeconfig, plan).catch((error) => {
    const { cluster } = plan.settings;
    throw new UserError(
      cluster === "local" ? stopped(stack, error) : refusals(error, kubeconfig),
      "readiness",
    );
  });
  const run = otherRun(stack);
  const ready = !waits.some(({ harmless }) => !harmless) && pods.length > 0;
  const urls = outputs && {
    dashboard: outputs.dashboardUrl,
    prometheus: outputs.prometheusUrl,
    server: outputs.serverUrl,
    metrics: outputs.metricsUrl,
  };
  if (json) {
    sayJson({
      stack,
      ready,
      pods: pods.map((pod) => podStatus(pod, waits)),
      waits,
      urls,
      image: outputs?.image,
    });
  } else {
    if (run) say(`${run.what} (${run.why.replace("; nothing was changed", "")})\n`);
    sayPods(pods, waits);
    sayWaits(waits.filter(({ kind }) => kind !== "Pod"));
    say();
    if (urls) sayTable([...Object.entries(urls), ["image", outputs.image]]);
    else say("no URLs yet: no `up` of this stack has finished");
  }
  return ready ? exitCodes.ok : exitCodes.failed;
}

async function podsAndWaits(kubeconfig: string, plan: Plan): Promise<[V1Pod[], Watched[]]> {
  const core = new ClusterClient(kubeconfig).makeApiClient(CoreV1Api);
  const { serverNamespace, monitoringNamespace } = plan.names;
  const [waits, ...lists] = await Promise.all([
    watchOf(kubeconfig, plan).look(),
    core.listNamespacedPod({ namespace: serverNamespace }),
    core.listNamespacedPod({ namespace: monitoringNamespace }),
  ]);
  return [lists.flatMap(({ items }) => items), waits];
}

function stopped(stack: string, error: Error): Problem {
  return {
    what: `the local cluster of the stack ${stack} does not answer`,
    why: firstLineOf(error),
    fix: `npm run up -- --stack ${stack}   (starts it again)`,
  };
}

/** The status of a pod, for people. */
function podStatus(pod: V1Pod, waits: readonly Watched[]) {
  const { namespace = "", name = "" } = pod.metadata ?? {};
  const wait = waits.find((one) => one.kind === "Pod" && one.name === name && one.namespace === namespace);
  const statuses = pod.status?.containerStatuses ?? [];
  return {
    namespace,
    name,
    ready: isReady(pod) && wait === undefined,
    restarts: statuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
    /** Why it is not ready, according to the cluster. */
    waitsFor: wait ? describeWait(wait).replace(`pod ${name}: `, "") : "",
  };
}

function sayPods(pods: readonly V1Pod[], waits: readonly Watched[]): void {
  for (const pod of pods) {
    const { namespace, name, ready, restarts, waitsFor } = podStatus(pod, waits);
    const mark = ready ? styled("green", "✔") : styled("red", "✖");
    const again = restarts === 0 ? "" : `, ${restarts} restarts`;
    say(`${mark} ${styled("dim", `${namespace}/`)}${name}${again}${waitsFor === "" ? "" : `: ${waitsFor}`}`);
  }
}

/** Waits that do not concern a single pod: missing pods, volumes, namespaces, autoscalers. */
function sayWaits(waits: readonly Watched[]): void {
  for (const wait of waits) {
    const mark = wait.harmless ? styled("yellow", "!") : styled("red", "✖");
    say(`${mark} ${styled("dim", `${wait.namespace}/`)}${describeWait(wait)}`);
  }
}
