import type { StepEventMetadata } from "@pulumi/pulumi/automation/events.js";
import { type Problem, UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { Stages } from "../terminal/stages.ts";
import { describeWait } from "../watch/describe.ts";
import { hopelessOf } from "../watch/watch.ts";
import { endPods, removalCommands } from "./leftovers.ts";
import { startRun } from "./run.ts";
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
  const run = startRun(plan, "down");
  const stages = new Stages(["removal"]);
  const removed: string[] = [];
  if (kubeconfig)
    run.watch(kubeconfig).start((waits) => {
      const deletions = waits.filter(({ state }) => state === "deleted" || state === "ending");
      const [first] = deletions;
      stages.explain("removal", first && first.seconds > 5 ? describeWait(first) : undefined);
      const hopeless = hopelessOf(deletions);
      if (hopeless) run.giveUp(hopeless);
    });
  try {
    stages.start("removal");
    await stack.destroy({
      color: "never",
      signal: run.signal,
      onEvent: (event) => {
        run.failures.follow(event);
        const begun = event.resourcePreEvent?.metadata;
        if (begun?.op === "delete" && isNoteworthy(begun.type)) stages.start("removal", nameOf(begun));
        const deleted = event.resOutputsEvent?.metadata;
        if (deleted?.op !== "delete") return;
        if (isNoteworthy(deleted.type)) removed.push(nameOf(deleted));
        if (isRelease(deleted.type) && kubeconfig) void endPods(kubeconfig, plan.names.monitoringNamespace);
      },
    });
    stages.endAll("done");
    return removed;
  } catch (error) {
    stages.endAll("failed");
    if (run.interrupted()) return "interrupted";
    const { problems } = run.explain(error as Error);
    const more = kubeconfig && !run.gaveUp() ? await stillThere(kubeconfig, plan) : [];
    throw new UserError([...problems, ...more]);
  } finally {
    run.end();
  }
}

/** Commands that delete what is left in the cluster, for a user who has the right to do so. */
async function stillThere(kubeconfig: string, plan: Plan): Promise<Problem[]> {
  const commands = (await removalCommands(kubeconfig, plan).catch(() => undefined)) ?? [];
  if (commands.length === 0) return [];
  return [
    {
      what: `the stack ${plan.stack} is still in the cluster`,
      why: "if you lack the right to delete it, a user with that right can run these commands",
      fix: [...commands, "npm run down   (afterwards, to remove it from Pulumi's state)"].join("\n       "),
    },
  ];
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
