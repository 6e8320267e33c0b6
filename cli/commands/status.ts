import { CoreV1Api, type V1Pod } from "@kubernetes/client-node";
import type { Command } from "commander";
import { ClusterClient } from "../../stack/cluster/client.ts";
import { refusals } from "../../stack/cluster/refusal.ts";
import { firstLineOf, type Problem, UserError } from "../../stack/errors.ts";
import { type CommonOptions, exitsWith, jsonOption, planOf, stackOption } from "../options.ts";
import { outputsOf } from "../pulumi/outputs.ts";
import { exitCodes } from "../terminal/exit-codes.ts";
import { reserveStdoutForJson, say, sayJson, sayTable, styled } from "../terminal/say.ts";

/** The options of the command, and what it runs. */
export const define = (command: Command) =>
  command.addOption(stackOption()).addOption(jsonOption()).action(exitsWith(showStatus));

/** A pod as a person asks after it. */
interface PodStatus {
  readonly namespace: string;
  readonly name: string;
  readonly ready: boolean;
  readonly restarts: number;
  /** Why it is not ready, as the cluster says. */
  readonly waitsFor: string;
}

/** Lists the stack's pods and URLs. */
async function showStatus({ stack, json }: CommonOptions): Promise<number> {
  if (json) reserveStdoutForJson();
  const outputs = await outputsOf(stack);
  const namespaces = Object.values(outputs.namespaces);
  const pods = await podsOf(outputs.kubeconfig, namespaces).catch((error) => {
    const { cluster } = planOf(stack).settings;
    throw new UserError(cluster === "local" ? stopped(stack, error) : refusals(error, outputs.kubeconfig));
  });
  const ready = pods.every((pod) => pod.ready);
  const urls = {
    dashboard: outputs.dashboardUrl,
    prometheus: outputs.prometheusUrl,
    server: outputs.serverUrl,
    metrics: outputs.metricsUrl,
  };
  if (json) sayJson({ stack, ready, pods, urls, image: outputs.image });
  else {
    for (const { namespace, name, ready: isReady, restarts, waitsFor } of pods) {
      const mark = isReady ? styled("green", "✔") : styled("red", "✖");
      const again = restarts === 0 ? "" : `, ${restarts} restarts`;
      say(
        `${mark} ${styled("dim", `${namespace}/`)}${name}${again}${waitsFor === "" ? "" : `: ${waitsFor}`}`,
      );
    }
    say();
    sayTable([...Object.entries(urls), ["image", outputs.image]]);
  }
  return ready ? exitCodes.ok : exitCodes.failed;
}

async function podsOf(kubeconfig: string, namespaces: readonly string[]): Promise<PodStatus[]> {
  const api = new ClusterClient(kubeconfig).makeApiClient(CoreV1Api);
  const lists = await Promise.all(namespaces.map((namespace) => api.listNamespacedPod({ namespace })));
  return lists.flatMap(({ items }) => items.map(statusOf));
}

function stopped(stack: string, error: Error): Problem {
  return {
    what: `the local cluster of the stack ${stack} does not answer`,
    why: firstLineOf(error),
    fix: `npm run up -- --stack ${stack}   (starts it again)`,
  };
}

function statusOf({ metadata, status: pod }: V1Pod): PodStatus {
  const ready = pod?.conditions?.find(({ type }) => type === "Ready");
  const waiting = pod?.containerStatuses?.map(({ state }) => state?.waiting?.reason).find(Boolean);
  const unschedulable = pod?.conditions?.find(
    ({ type, status }) => type === "PodScheduled" && status === "False",
  );
  const isReady = ready?.status === "True";
  return {
    namespace: metadata?.namespace ?? "",
    name: metadata?.name ?? "",
    ready: isReady,
    restarts: (pod?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0),
    waitsFor: isReady ? "" : (waiting ?? unschedulable?.message ?? ready?.message ?? pod?.phase ?? ""),
  };
}
