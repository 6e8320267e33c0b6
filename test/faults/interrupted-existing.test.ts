import { describe, it } from "node:test";
import { clusterSnapshot } from "../cluster-snapshot.ts";
import { added, engineSnapshot } from "../engine-snapshot.ts";
import { existingCluster } from "../environment.ts";
import { interruptionsOn } from "./interruptions.ts";

const existing = existingCluster();

if ("missing" in existing) {
  describe("a run on a cluster of kind existing that is cut off", () => {
    it("is mended by the next one", { skip: existing.missing }, () => {});
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
    // From nothing to everything and back, over and over: 10 of `up`, 5 of `down`.
    interruptions: [
      { command: "up", signal: "SIGKILL", at: 0.1, mendedBy: "down" },
      { command: "up", signal: "SIGINT", at: 0.2, mendedBy: "down" },
      { command: "up", signal: "SIGKILL", at: 0.3, mendedBy: "up" },
      { command: "down", signal: "SIGKILL", at: 0.2, mendedBy: "down" },
      { command: "up", signal: "SIGKILL", at: 0.4, mendedBy: "down" },
      { command: "up", signal: "SIGINT", at: 0.5, mendedBy: "up" },
      { command: "down", signal: "SIGKILL", at: 0.4, mendedBy: "up" },
      { command: "down", signal: "SIGINT", at: 0.6, mendedBy: "down" },
      { command: "up", signal: "SIGKILL", at: 0.6, mendedBy: "up" },
      { command: "down", signal: "SIGKILL", at: 0.7, mendedBy: "down" },
      { command: "up", signal: "SIGKILL", at: 0.7, mendedBy: "down" },
      { command: "up", signal: "SIGINT", at: 0.8, mendedBy: "up" },
      { command: "down", signal: "SIGKILL", at: 0.9, mendedBy: "down" },
      { command: "up", signal: "SIGKILL", at: 0.85, mendedBy: "down" },
      { command: "up", signal: "SIGKILL", at: 0.9, mendedBy: "up" },
    ],
  });
}
