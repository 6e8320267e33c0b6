import { setTimeout as sleep } from "node:timers/promises";
import type { V1Pod } from "@kubernetes/client-node";
import { ClusterClient } from "../../stack/cluster/client.ts";
import { kubeconfigOfSettings } from "../../stack/cluster/kubeconfig.ts";
import { localKubeconfig } from "../../stack/cluster/local-node.ts";
import { refusals } from "../../stack/cluster/refusal.ts";
import { firstLineOf, UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { isReady } from "../observe/pods.ts";
import { describeWait, Watch, type Watched } from "../observe/watch.ts";
import { type CommonOptions, planOf } from "../options.ts";
import { engineObjects } from "../pulumi/engine-objects.ts";
import { otherRun } from "../pulumi/lock.ts";
import { outputsOf } from "../pulumi/outputs.ts";
import { exitCodes, say, sayResult, sayTable, styled } from "../terminal/say.ts";

/** Lists the stack's pods, what it waits for, and its URLs. Works while `up` or `down` runs. */
export async function run({ stack }: CommonOptions): Promise<number> {
  const plan = planOf(stack);
  const known = await outputsOf(stack).catch((error: Error) => error);
  // Before the first `up` has finished, there are none.
  const outputs = known instanceof Error ? undefined : known;
  const kubeconfig = outputs ? outputs.kubeconfig : await unfinished(plan);
  if (kubeconfig === undefined) throw known;
  const [found, waits] = await podsAndWaits(kubeconfig, plan).catch((error) => {
    const stopped = {
      what: `the local cluster of the stack ${stack} does not answer`,
      why: firstLineOf(error),
      fix: "npm run up   (starts it again)",
    };
    const isLocal = plan.settings.cluster === "local";
    throw new UserError(isLocal ? stopped : refusals(error, kubeconfig), "readiness");
  });
  const ready = !waits.some(({ harmless }) => !harmless) && found.length > 0;
  const urls = outputs && {
    dashboard: outputs.dashboardUrl,
    prometheus: outputs.prometheusUrl,
    server: outputs.serverUrl,
    metrics: outputs.metricsUrl,
  };
  const pods = found.map((pod) => podStatus(pod, waits));
  sayResult({ stack, ready, pods, waits, urls, image: outputs?.image }, () => {
    const run = otherRun(stack);
    if (run) say(`${run.what} (${run.why.replace("; nothing was changed", "")})\n`);
    for (const { namespace, name, ready, restarts, waitsFor } of pods) {
      const again = restarts === 0 ? "" : `, ${restarts} restarts`;
      sayObject(ready, namespace, `${name}${again}${waitsFor === "" ? "" : `: ${waitsFor}`}`);
    }
    // Missing pods, volumes, namespaces, autoscalers.
    for (const wait of waits.filter(({ kind }) => kind !== "Pod"))
      sayObject(wait.harmless ? undefined : false, wait.namespace, describeWait(wait));
    say();
    if (urls) sayTable([...Object.entries(urls), ["image", outputs.image]]);
    else say("no URLs yet: no `up` of this stack has finished");
  });
  return ready ? exitCodes.ok : exitCodes.failed;
}

/** How long to wait for a local cluster that is starting. */
const timeoutSeconds = 5;

/**
 * The kubeconfig of a stack without outputs: from the settings for an existing cluster, from the engine
 * for a local one. Undefined if there is no such stack.
 */
async function unfinished(plan: Plan): Promise<string | undefined> {
  const { settings, names, ports } = plan;
  if (settings.cluster === "existing") {
    const kubeconfig = kubeconfigOfSettings(plan);
    const { core } = new ClusterClient(kubeconfig);
    const namespace = await core.readNamespace({ name: names.serverNamespace }).catch((error) => {
      if (error.code !== 404) throw new UserError(refusals(error, kubeconfig), "readiness");
      return undefined;
    });
    const owner = namespace?.metadata?.labels?.["app.kubernetes.io/instance"];
    return owner === names.instance ? kubeconfig : undefined;
  }
  const objects = await engineObjects({ names }).catch(() => []);
  const node = objects.find(({ name, state }) => name === `${names.instance}-k3s` && state === "running");
  if (node === undefined) return undefined;
  const late = sleep(timeoutSeconds * 1000, undefined, { ref: false });
  return Promise.race([localKubeconfig(node.id, ports.apiPort, names.instance), late]);
}

async function podsAndWaits(kubeconfig: string, plan: Plan): Promise<[V1Pod[], Watched[]]> {
  const { core } = new ClusterClient(kubeconfig);
  const { serverNamespace, monitoringNamespace } = plan.names;
  const [waits, ...lists] = await Promise.all([
    new Watch(kubeconfig, plan).look(),
    core.listNamespacedPod({ namespace: serverNamespace }),
    core.listNamespacedPod({ namespace: monitoringNamespace }),
  ]);
  return [lists.flatMap(({ items }) => items), waits];
}

/** `waitsFor` says why a pod is not ready, according to the cluster. */
function podStatus(pod: V1Pod, waits: readonly Watched[]) {
  const { namespace = "", name = "" } = pod.metadata ?? {};
  const wait = waits.find((one) => one.kind === "Pod" && one.name === name && one.namespace === namespace);
  const statuses = pod.status?.containerStatuses ?? [];
  const restarts = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
  const waitsFor = wait ? describeWait(wait).replace(`pod ${name}: `, "") : "";
  return { namespace, name, ready: isReady(pod) && wait === undefined, restarts, waitsFor };
}

/** `ok` is undefined for a harmless problem. */
function sayObject(ok: boolean | undefined, namespace: string, text: string): void {
  const mark = ok ? styled("green", "✔") : ok === false ? styled("red", "✖") : styled("yellow", "!");
  say(`${mark} ${styled("dim", `${namespace}/`)}${text}`);
}
