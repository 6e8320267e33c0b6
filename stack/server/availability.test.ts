import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { type Recording, record } from "../../test/recorded.ts";

const budget = "kubernetes:policy/v1:PodDisruptionBudget";
const scaler = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";
const deployment = "kubernetes:apps/v1:Deployment";

describe("the server's pods", () => {
  let lab: Recording;
  before(async () => {
    lab = await record({ replicas: "3" });
  });

  it("are spread over nodes and zones, and still run if there is only one", () => {
    const { topologySpreadConstraints } = lab.one(deployment, "delayed-server").inputs.spec.template.spec;
    const keys = topologySpreadConstraints.map((one: { topologyKey: string }) => one.topologyKey);
    assert.deepEqual(keys, ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]);
    for (const { whenUnsatisfiable } of topologySpreadConstraints) {
      assert.equal(whenUnsatisfiable, "ScheduleAnyway");
    }
  });

  it("are evicted from a node one at a time, including the last one", () => {
    const { spec } = lab.one(budget).inputs;
    assert.equal(spec.maxUnavailable, 1);
    assert.equal(spec.minAvailable, undefined);
    const { selector } = lab.one(deployment, "delayed-server").inputs.spec;
    assert.deepEqual(spec.selector, selector);
  });

  it("keep their configured number without an autoscaler", () => {
    assert.deepEqual(
      lab.resources.filter(({ type }) => type === scaler),
      [],
    );
    assert.equal(lab.one(deployment, "delayed-server").inputs.spec.replicas, 3);
  });
});

describe("an autoscaler", () => {
  it("scales from replicas to maxReplicas, and no run resets the number", async () => {
    const lab = await record({ replicas: "2", maxReplicas: "6" });
    const { spec } = lab.one(scaler).inputs;
    assert.equal(spec.minReplicas, 2);
    assert.equal(spec.maxReplicas, 6);
    assert.equal(spec.scaleTargetRef.name, "delayed-server");
    assert.equal(lab.one(deployment, "delayed-server").inputs.spec.replicas, undefined);
  });

  it("has its metrics on a local cluster", async () => {
    const disabled = async (settings: Record<string, string>) => {
      const { command } = (await record(settings)).one("docker:index/container:Container", "node").inputs;
      return command.find((one: string) => one.startsWith("--disable="));
    };
    assert.match(await disabled({}), /metrics-server/);
    assert.doesNotMatch(await disabled({ maxReplicas: "6" }), /metrics-server/);
  });
});
