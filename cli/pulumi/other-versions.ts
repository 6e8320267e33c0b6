import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api, KubernetesObjectApi } from "@kubernetes/client-node";
import { ClusterClient } from "../../stack/cluster/client.ts";
import { chartName } from "../../stack/monitoring/chart.ts";
import type { Plan } from "../../stack/plan.ts";
import { contentOf, recordsOf, statusOf } from "./release.ts";

/** How long the deletion can take; a pod has at most 30 s to end. */
const seconds = 90;

/**
 * Deletes the objects of a release of the other `versions` that a killed run left half installed or
 * half removed: Helm would neither delete nor adopt them. Leaves an intact release to Pulumi, which
 * replaces it.
 */
export async function removeOtherVersions(
  kubeconfig: string,
  plan: Plan,
  isInState: boolean,
): Promise<string[]> {
  const config = new ClusterClient(kubeconfig);
  const records = await recordsOf(config.makeApiClient(CoreV1Api), plan);
  const isIntact = isInState && records.some((one) => statusOf(one) === "deployed");
  const others = records
    .map((one) => contentOf(one, plan))
    .filter(({ chart }) => chart !== chartName(plan.settings.versions));
  if (isIntact || others[0] === undefined) return [];
  const api = KubernetesObjectApi.makeApiClient(config);
  let left = others.flatMap(({ objects }) => objects);
  for (let waited = 0; left.length > 0 && waited < seconds; waited++) {
    if (waited > 0) await sleep(1000);
    const gone = await Promise.all(left.map(({ wanted }) => isGone(api.delete(wanted))));
    left = left.filter((_, index) => !gone[index]);
  }
  return [`the release of ${others[0].chart}, which was not removed completely`];
}

/** Whether an object is gone: deleting it again finds nothing. */
async function isGone(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return false;
  } catch (error) {
    if ((error as { code?: number }).code === 404) return true;
    throw error;
  }
}
