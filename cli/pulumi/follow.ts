import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ClusterClient } from "../../stack/cluster/client.ts";
import { UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import type { Stages } from "../terminal/progress/stages.ts";
import { say } from "../terminal/say.ts";
import { describeWait, hopelessProblem } from "../watch/describe.ts";
import { hopelessOf, Watch, type Watched } from "../watch/watch.ts";

/** How long pods can take to be ready after Pulumi has finished; the same as Helm's timeout. */
const readySeconds = 600;

/** After this time the program has run, and the command only waits. */
const settledSeconds = 20;

/** Watches both namespaces of a stack. */
export function watchOf(kubeconfig: string, { names }: Pick<Plan, "names">): Watch {
  return new Watch(new ClusterClient(kubeconfig), [names.serverNamespace, names.monitoringNamespace]);
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
  setTimeout(releaseMemory, settledSeconds * 1000).unref();
  const stageOf = ({ namespace }: Watched) => (namespace === names.serverNamespace ? "server" : "chart");
  watch.start((waits) => {
    for (const name of ["server", "chart"] as const) {
      if (stages.all.get(name)?.state !== "running") continue;
      if (!began.has(name)) began.set(name, Date.now());
      const since = (Date.now() - (began.get(name) ?? 0)) / 1000;
      const own = waits.filter((wait) => stageOf(wait) === name && !wait.harmless);
      stages.explain(name, own[0] && describeWait(own[0]));
      const hopeless = hopelessOf(own.map((wait) => ({ ...wait, seconds: Math.min(wait.seconds, since) })));
      if (hopeless) return giveUp(hopeless);
    }
  });
}

/** Waits until every pod of the stack is ready, none crashes and none is being replaced. */
export async function settled(
  watch: Pick<Watch, "look">,
  plan: Pick<Plan, "names">,
  signal: AbortSignal,
): Promise<void> {
  const began = Date.now();
  let printed: { text: string; at: number } | undefined;
  while (!signal.aborted) {
    const waits = (await watch.look()).filter(({ harmless }) => !harmless);
    const [first] = waits;
    if (first === undefined) return;
    const seconds = (Date.now() - began) / 1000;
    const hopeless = hopelessOf(waits.map((wait) => ({ ...wait, seconds: Math.min(wait.seconds, seconds) })));
    const late = seconds > readySeconds ? first : undefined;
    const failed = hopeless ?? late;
    if (failed) throw new UserError(hopelessProblem(failed, plan.names.serverNamespace));
    const text = describeWait(first);
    if (text !== printed?.text && Date.now() - (printed?.at ?? 0) >= 10_000) {
      say(`… ${text}`);
      printed = { text, at: Date.now() };
    }
    await sleep(1000, undefined, { signal }).catch(() => {});
  }
}

/** Frees the memory that the start of a run used; V8 would keep it while the run only waits. */
function releaseMemory(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}
