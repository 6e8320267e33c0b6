import type { StepEventMetadata } from "@pulumi/pulumi/automation/events.js";
import { Listr } from "listr2";
import { type Problem, UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { wantsJson } from "../terminal/say.ts";
import { describeWait } from "../watch/describe.ts";
import { hopelessOf } from "../watch/watch.ts";
import { endPods, removalCommands } from "./leftovers.ts";
import { PulumiRun } from "./run.ts";
import type { OpenStack } from "./stack.ts";

/**
 * Destroys the stack's resources and returns their names. With the kubeconfig of an existing
 * cluster, deletes the release's pods without a grace period.
 */
export async function destroy(
  { stack }: OpenStack,
  plan: Plan,
  kubeconfig: string | undefined,
): Promise<string[] | "interrupted"> {
  const run = new PulumiRun(plan, "down");
  const { serverNamespace, monitoringNamespace } = plan.names;
  const removed: string[] = [];
  let failure: Error | undefined;
  const title =
    plan.settings.cluster === "local"
      ? "removing the local cluster"
      : `removing namespaces ${serverNamespace} and ${monitoringNamespace}`;
  const list = new Listr(
    [
      {
        title,
        task: async (_, task) => {
          if (kubeconfig)
            run.watch(kubeconfig).start((waits) => {
              const deletions = waits.filter(({ state }) => state === "deleted" || state === "ending");
              const hopeless = hopelessOf(deletions);
              if (deletions[0] && deletions[0].seconds > 5) show(task, describeWait(deletions[0]));
              if (hopeless) run.giveUp(hopeless);
            });
          const destroyed = stack.destroy({
            color: "never",
            signal: run.signal,
            onEvent: (event) => {
              run.failures.follow(event);
              const { resourcePreEvent, resOutputsEvent } = event;
              const begun = resourcePreEvent?.metadata;
              // A terminal updates one line; a pipe would get one line per resource.
              const isShown = begun?.op === "delete" && (process.stdout.isTTY || isNoteworthy(begun.type));
              if (isShown) show(task, nameOf(begun));
              const deleted = resOutputsEvent?.metadata;
              if (deleted?.op !== "delete") return;
              if (isNoteworthy(deleted.type)) removed.push(nameOf(deleted));
              if (isRelease(deleted.type) && kubeconfig) void endPods(kubeconfig, monitoringNamespace);
            },
          });
          // The failure is explained below.
          await destroyed.catch((error: Error) => {
            failure = error;
            throw new Error(run.interrupted ? "stopped" : "failed");
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
    if (run.interrupted) return "interrupted";
    if (run.hopeless) throw run.hopeless;
    const { problems } = run.explain(failure ?? (error as Error));
    throw new UserError([...problems, ...(kubeconfig ? await stillThere(kubeconfig, plan) : [])]);
  } finally {
    run.end();
  }
}

/** Commands that delete what is left in the cluster, for a user who has the right to do so. */
async function stillThere(kubeconfig: string, plan: Plan): Promise<Problem[]> {
  const commands = await removalCommands(kubeconfig, plan).catch(() => undefined);
  if (commands === undefined || commands.length === 0) return [];
  return [
    {
      what: `the stack ${plan.stack} is still in the cluster`,
      why: "if you lack the right to delete it, a user with that right can run these commands",
      fix: [...commands, "npm run down   (afterwards, to remove it from Pulumi's state)"].join("\n       "),
    },
  ];
}

/** Shows a line unless it is already shown. */
function show(task: { output: string }, text: string): void {
  if (task.output !== text) task.output = text;
}

function isRelease(type: string): boolean {
  return type.startsWith("kubernetes:helm.sh/");
}

/** Whether to list a resource of this type: not providers, components and values in the state. */
function isNoteworthy(type: string): boolean {
  return isRelease(type) || /^(docker:index\/(container|network)|kubernetes:core\/v1:Namespace)/.test(type);
}

/** Kind and name in the engine or the cluster. */
function nameOf({ type, urn, old }: StepEventMetadata): string {
  const { name, metadata } = (old?.inputs ?? {}) as { name?: string; metadata?: { name?: string } };
  return `${type.split(":").at(-1)?.toLowerCase()} ${metadata?.name ?? name ?? urn.split("::").at(-1)}`;
}
