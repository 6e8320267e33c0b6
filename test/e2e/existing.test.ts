import { describe, it } from "node:test";
import { existingCluster } from "../environment.ts";
import { added, clusterSnapshot, engineSnapshot } from "../snapshots.ts";
import { exerciseOn } from "./exercise.ts";

const existing = existingCluster();

if ("missing" in existing) {
  describe("the exercise on a cluster of kind existing", () => {
    it("comes up with one command on a fresh clone", { skip: existing.missing }, () => {});
  });
} else {
  const { settings } = existing;
  exerciseOn({
    name: "existing",
    settings,
    limits: { up: 60, down: 60 },
    snapshot: async () => [
      ...engineSnapshot(),
      ...(await clusterSnapshot(String(settings.kubeconfig), String(settings.context))),
    ],
    added,
  });
}
