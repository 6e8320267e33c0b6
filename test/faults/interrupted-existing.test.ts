import { describe, it } from "node:test";
import { existingCluster } from "../environment.ts";
import { added, clusterSnapshot, engineSnapshot } from "../snapshots.ts";
import { interruptionsOn } from "./interruptions.ts";

const existing = existingCluster();

if ("missing" in existing) {
  describe("an interrupted run on a cluster of kind existing", () => {
    it("is repaired by the next one", { skip: existing.missing }, () => {});
  });
} else {
  const { settings } = existing;
  interruptionsOn({
    kind: "existing",
    stack: "f-cut",
    settings,
    snapshot: async () => [
      ...engineSnapshot(),
      ...(await clusterSnapshot(String(settings.kubeconfig), String(settings.context))),
    ],
    added,
    // Ten interruptions of `up` and five of `down`, between nothing and a complete stack.
    interruptions: [
      { command: "up", signal: "SIGKILL", at: 0.1, repairedBy: "down" },
      { command: "up", signal: "SIGINT", at: 0.2, repairedBy: "down" },
      { command: "up", signal: "SIGKILL", at: 0.3, repairedBy: "up" },
      { command: "down", signal: "SIGKILL", at: 0.2, repairedBy: "down" },
      { command: "up", signal: "SIGKILL", at: 0.4, repairedBy: "down" },
      { command: "up", signal: "SIGINT", at: 0.5, repairedBy: "up" },
      { command: "down", signal: "SIGKILL", at: 0.4, repairedBy: "up" },
      { command: "down", signal: "SIGINT", at: 0.6, repairedBy: "down" },
      { command: "up", signal: "SIGKILL", at: 0.6, repairedBy: "up" },
      { command: "down", signal: "SIGKILL", at: 0.7, repairedBy: "down" },
      { command: "up", signal: "SIGKILL", at: 0.7, repairedBy: "down" },
      { command: "up", signal: "SIGINT", at: 0.8, repairedBy: "up" },
      { command: "down", signal: "SIGKILL", at: 0.9, repairedBy: "down" },
      { command: "up", signal: "SIGKILL", at: 0.85, repairedBy: "down" },
      { command: "up", signal: "SIGKILL", at: 0.9, repairedBy: "up" },
    ],
  });
}
