import type { StepEventMetadata } from "@pulumi/pulumi/automation/events.js";
import { Listr } from "listr2";
import { type Problem, UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { EngineFailures } from "../failure/engine.ts";
import { explainFailure } from "../failure/explain.ts";
import { onInterrupt } from "../terminal/interrupt.ts";
import { wantsJson } from "../terminal/say.ts";
import { describeWait, hopelessProblem } from "../watch/describe.ts";
import { hopelessOf, type Watched } from "../watch/watch.ts";
import { watchOf } from "./follow.ts";
import { endPods, removalCommands } from "./leftovers.ts";
import { killEngine, secondsToStop } from "./session.ts";
import type { OpenStack } from "./stack.ts";

/**
 * Destroys the stack's resources and says what they were. With the kubeconfig
 * of an existing cluster, the release's pods are not waited for.
 */
export async function destroy(
  { stack }: OpenStack,
  plan: Plan,
  kubeconfig: string | undefined,
): Promise<string[] | "interrupted"> {
  const interrupt = onInterrupt("The next `npm run down` goes on from there.", killEngine);
  const { serverNamespace, monitoringNamespace } = plan.names;
  const failures = new EngineFailures();
  const removed: string[] = [];
  let failure: Error | undefined;
  const watch = kubeconfig ? watchOf(kubeconfig, plan) : undefined;
  const stop = new AbortController();
  let stuck: Watched | undefined;
  const giveUp = (wait: Watched) => {
    stuck = wait;
    watch?.stop();
    stop.abort();
    setTimeout(killEngine, secondsToStop * 1000).unref();
  };
  const title =
    plan.settings.cluster === "local"
      ? "removing the local cluster"
      : `removing namespaces ${serverNamespace} and ${monitoringNamespace}`;
  const list = new Listr(
    [
      {
        title,
        task: async (_, task) => {
          watch?.start((waits) => {
            const going = waits.filter(({ state }) => state === "deleted" || state === "ending");
            const hopeless = hopelessOf(going);
            if (going[0] && going[0].seconds > 5) show(task, describeWait(going[0]));
            if (hopeless) giveUp(hopeless);
          });
          const run = stack.destroy({
            color: "never",
            signal: AbortSignal.any([interrupt.signal, stop.signal]),
            onEvent: (event) => {
              failures.follow(event);
              const { resourcePreEvent, resOutputsEvent } = event;
              const going = resourcePreEvent?.metadata;
              // A terminal shows one line that changes; a pipe would have one for each of them.
              const shown = going?.op === "delete" && (process.stdout.isTTY || isNoteworthy(going.type));
              if (shown) show(task, nameOf(going));
              const gone = resOutputsEvent?.metadata;
              if (gone?.op !== "delete") return;
              if (isNoteworthy(gone.type)) removed.push(nameOf(gone));
              if (isRelease(gone.type) && kubeconfig) void endPods(kubeconfig, monitoringNamespace);
            },
          });
          // What the engine printed is told below, in a few lines.
          await run.catch((error: Error) => {
            failure = error;
            throw new Error(interrupt.interrupted() ? "stopped" : "failed");
          });
        },
      },
    ],
    {
      renderer: wantsJson() ? "silent" : "default",
      fallbackRenderer: "simple",
      registerSignalListeners: false,
      rendererOptions: { showErrorMessage: false },
    },
  );
  try {
    await list.run();
    return removed;
  } catch (error) {
    if (interrupt.interrupted()) return "interrupted";
    if (stuck) throw new UserError(hopelessProblem(stuck, serverNamespace, "down"));
    const problems = explainFailure(failure ?? (error as Error), failures.all, plan, "down");
    throw new UserError([...problems, ...(kubeconfig ? await stillThere(kubeconfig, plan) : [])]);
  } finally {
    watch?.stop();
    interrupt.stop();
  }
}

/** What is left in the cluster, for someone who may remove it where this user may not. */
async function stillThere(kubeconfig: string, plan: Plan): Promise<Problem[]> {
  const commands = await removalCommands(kubeconfig, plan).catch(() => undefined);
  if (commands === undefined || commands.length === 0) return [];
  return [
    {
      what: `the stack ${plan.stack} is still in the cluster`,
      why: "if you may not remove it, someone who may can, with these commands",
      fix: [...commands, "npm run down   (then, and nothing of it is kept in Pulumi's state)"].join(
        "\n       ",
      ),
    },
  ];
}

/** Shows what is being deleted, or why it does not go, once each. */
function show(task: { output: string }, text: string): void {
  if (task.output !== text) task.output = text;
}

function isRelease(type: string): boolean {
  return type.startsWith("kubernetes:helm.sh/");
}

/** Of the things a person would miss: not providers, components and values kept in the state. */
function isNoteworthy(type: string): boolean {
  return isRelease(type) || /^(docker:index\/(container|network)|kubernetes:core\/v1:Namespace)/.test(type);
}

/** Kind and name, as the engine or the cluster has it. */
function nameOf({ type, urn, old }: StepEventMetadata): string {
  const { name, metadata } = (old?.inputs ?? {}) as { name?: string; metadata?: { name?: string } };
  return `${type.split(":").at(-1)?.toLowerCase()} ${metadata?.name ?? name ?? urn.split("::").at(-1)}`;
}
