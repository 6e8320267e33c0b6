import type { StepEventMetadata } from "@pulumi/pulumi/automation/events.js";
import type { Command } from "commander";
import { kubeconfigOfSettings } from "../../stack/cluster/kubeconfig.ts";
import { type Problem, UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { imagesVolume } from "../../stack/plan.ts";
import { describeWait, hopelessOf } from "../observe/watch.ts";
import { type CommonOptions, planOf, wrongInput, yesOption } from "../options.ts";
import { engineObjects, refuseOtherBackends, removeBuiltImages } from "../pulumi/engine-objects.ts";
import { endPods, leftInCluster, leftInEngine, removalCommands } from "../pulumi/leftovers.ts";
import { claimStack, noteRun } from "../pulumi/lock.ts";
import { repair } from "../pulumi/repair.ts";
import { startRun } from "../pulumi/run.ts";
import { findStack, handOverKubeconfig, handOverLogin, type OpenStack } from "../pulumi/stack.ts";
import { dropSaltWithoutSecrets } from "../pulumi/stack-file.ts";
import { removeCheckpoints, State, type StateResource } from "../pulumi/state.ts";
import { canAsk, confirmed, exitCodes, say, sayResult, styled } from "../terminal/say.ts";
import { Stages } from "../terminal/stages.ts";

export const define = (command: Command) => command.addOption(yesOption());

/** Deletes the stack and checks that nothing is left of it. */
export async function run({ stack, yes }: CommonOptions & { yes: boolean }): Promise<number> {
  if (!yes && !canAsk())
    throw wrongInput(
      "`down` needs --yes",
      "there is no terminal to confirm the deletion",
      "npm run down -- --yes",
    );
  const began = Date.now();
  const plan = planOf(stack);
  const isLocal = plan.settings.cluster === "local";
  claimStack(stack, "npm run down");
  const { opened } = await findStack(stack);
  if (!opened) {
    // A run that was killed just before its end left its marker file.
    noteRun(stack).ended();
    // Without an engine, there is nothing to look at.
    if (isLocal) refuseOtherBackends(await engineObjects(plan).catch(() => []), plan);
    say(`there is no stack ${stack}: nothing to delete`);
    return exitCodes.ok;
  }
  const { serverNamespace, monitoringNamespace } = plan.names;
  const all = isLocal
    ? "the local cluster with all its data"
    : `namespaces ${serverNamespace} and ${monitoringNamespace}`;
  if (!yes && !(await confirmed(`Delete the stack ${stack}: ${all}?`))) {
    say("nothing was deleted");
    return exitCodes.ok;
  }
  const existing = isLocal ? undefined : kubeconfigOfSettings(plan);
  // Fail before anything is deleted if the login fails.
  if (existing) await handOverLogin(opened, existing);
  const { interrupted, state } = await repair(opened, plan, "down", existing);
  if (existing) {
    await handOverKubeconfig(opened, state, existing, plan);
    await forgetWhatIsGone(opened, existing, plan);
  }
  const note = noteRun(stack);
  // A local cluster has its own copies of the images, so the engine's can be removed in parallel.
  const images = isLocal ? removeBuiltImages(tagOf(plan)) : undefined;
  images?.catch(() => {}); // Reported below, after the deletion has ended.
  const removed = await destroy(opened, plan, existing);
  if (removed === "interrupted") {
    say("stopped. `npm run down` continues from here, `npm run up` restores the stack.");
    return exitCodes.interrupted;
  }
  removed.push(...(await (images ?? removeBuiltImages(tagOf(plan)))));
  const left = await (existing ? leftInCluster(existing, plan, interrupted) : leftInEngine(plan));
  if (left.length > 0) {
    throw new UserError({
      what: `${left.length} objects of the stack ${stack} are left`,
      why: left.join(", "),
      fix: "npm run down   (again; it never deletes what the stack did not create)",
    });
  }
  if (opened.backend.chosen === undefined) {
    await opened.stack.workspace.removeStack(stack, { preserveConfig: true });
    removeCheckpoints(opened.backend.folder, plan.stack);
  }
  dropSaltWithoutSecrets(stack);
  note.ended();

  const seconds = (Date.now() - began) / 1000;
  sayResult({ stack, seconds, removed, left }, () => {
    for (const what of removed) say(`  removed ${what}`);
    const checked = isLocal
      ? "no container, network or image"
      : "no namespace, cluster role, Helm release or volume";
    const ended = styled(["green", "bold"], `down in ${seconds.toFixed(1)} s`);
    say(`\n${ended}: ${checked} of the stack is left`);
    say(styled("dim", `kept: ${kept(plan)}`));
  });
  return exitCodes.ok;
}

/**
 * Drops objects from the state if they are already gone from the cluster: the API server refuses
 * to delete even missing objects for a user without the right to delete.
 */
async function forgetWhatIsGone({ stack }: OpenStack, kubeconfig: string, plan: Plan): Promise<void> {
  const left = await removalCommands(kubeconfig, plan);
  if (left === undefined || left.length > 0) return;
  const now = new State(await stack.exportStack());
  const inCluster = ({ type }: StateResource) => type.startsWith("kubernetes:");
  if (now.resources.some(inCluster)) await stack.importStack(now.without(inCluster).deployment);
}

/** The image's tag in the engine that built it. */
function tagOf({ settings, ports, stack }: Plan): string {
  const registry = settings.cluster === "local" ? `127.0.0.1:${ports.registryPort}` : settings.registry;
  return `${registry === undefined ? "" : `${registry}/`}latency-lab/delayed-server:${stack}`;
}

/** Images and caches that other stacks use or that speed up the next `up`. */
export function kept({ settings: { cluster, registry, keepImages }, names }: Plan): string {
  const isLocal = cluster === "local";
  const volume = imagesVolume(names.instance);
  return [
    ...(isLocal && keepImages ? [`the node's images (docker volume rm ${volume} removes them)`] : []),
    ...(isLocal || registry === undefined ? [] : [`the image in ${registry}`]),
    "images that were pulled",
    "and Docker's build cache (docker builder prune removes it)",
  ].join(", ");
}

/**
 * Destroys the stack's resources and returns their names. With the kubeconfig of an existing
 * cluster, deletes the release's pods without a grace period.
 */
async function destroy({ stack }: OpenStack, plan: Plan, kubeconfig: string | undefined) {
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
        if (begun?.op === "delete" && noteworthy.test(begun.type)) stages.start("removal", nameOf(begun));
        const deleted = event.resOutputsEvent?.metadata;
        if (deleted?.op !== "delete") return;
        if (noteworthy.test(deleted.type)) removed.push(nameOf(deleted));
        if (deleted.type.startsWith("kubernetes:helm.sh/") && kubeconfig)
          void endPods(kubeconfig, plan.names.monitoringNamespace);
      },
    });
    // Pulumi can end without an error when it is stopped between two resources.
    run.signal.throwIfAborted();
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

/** The types of resources to list: not providers, components and values in the state. */
const noteworthy = /^(docker:index\/(container|network)|kubernetes:(helm\.sh\/|core\/v1:Namespace))/;

/** Kind and name in the engine or the cluster. */
function nameOf({ type, urn, old }: StepEventMetadata): string {
  const { name, metadata } = (old?.inputs ?? {}) as { name?: string; metadata?: { name?: string } };
  return `${type.split(":").at(-1)?.toLowerCase()} ${metadata?.name ?? name ?? urn.split("::").at(-1)}`;
}
