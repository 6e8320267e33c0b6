import { describe, it } from "node:test";
import { clusterSnapshot } from "../cluster-snapshot.ts";
import { added, engineSnapshot } from "../engine-snapshot.ts";
import { existingCluster } from "../environment.ts";
import { exerciseOn } from "./exercise.ts";

const existing = existingCluster();

if ("missing" in existing) {
  describe("the exercise on a cluster of kind existing", () => {
    it("is up with one command on a fresh clone", { skip: existing.missing }, () => {});
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
