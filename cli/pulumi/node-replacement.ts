import type { PulumiFn, Stack } from "@pulumi/pulumi/automation/index.js";
import type { Problem } from "../../stack/errors.ts";

/**
 * The problem if a changed setting, or a newer version of this project, must replace the local
 * cluster's node. Pulumi can't replace a container together with the objects in its cluster, so
 * `up` fails before it changes anything. Undefined if the node stays.
 */
export async function nodeReplacement(stack: Stack, program: PulumiFn): Promise<Problem | undefined> {
  let differs: readonly string[] | undefined;
  await stack.preview({
    color: "never",
    program,
    onEvent: ({ resourcePreEvent }) => {
      const { op, type, urn, diffs } = resourcePreEvent?.metadata ?? {};
      const isNode = type === "docker:index/container:Container" && urn?.endsWith("::node");
      if (isNode && op === "replace") differs = diffs ?? [];
    },
  });
  if (differs === undefined) return undefined;
  return {
    what: "the local cluster's node must be created again",
    why: `its container differs (${differs.join(", ")}), and everything in the cluster is deleted with it`,
    fix: "npm run down, then npm run up   (the data of Prometheus, Loki and Grafana is lost)",
  };
}
