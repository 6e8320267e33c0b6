import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { type LatencyLabArgs, latencyLab } from "../../stack/program.ts";

/**
 * Explains an `up` that failed because a changed setting, or a newer version of this project, must
 * replace the local cluster's node. Pulumi can't replace a container together with the objects in
 * its cluster, and fails before it changes anything.
 */
export async function refuseNodeReplacement(stack: Stack, plan: Plan, args: LatencyLabArgs): Promise<void> {
  let differs: readonly string[] | undefined;
  const onEvent = ({ resourcePreEvent }: EngineEvent) => {
    const { op, type, urn, diffs } = resourcePreEvent?.metadata ?? {};
    const isNode = type === "docker:index/container:Container" && urn?.endsWith("::node");
    if (isNode && op === "replace") differs = diffs ?? [];
  };
  const program = async () => latencyLab(plan, args);
  // If the preview fails too, it failed for another reason, which is already known.
  await stack.preview({ color: "never", program, onEvent }).catch(() => {});
  if (differs === undefined) return;
  throw new UserError({
    what: "the local cluster's node must be created again",
    why: `its container differs (${differs.join(", ")}), and everything in the cluster is deleted with it`,
    fix: "npm run down, then npm run up   (the data of Prometheus, Loki and Grafana is lost)",
  });
}
