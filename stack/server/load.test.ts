import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { type Recorded, type Recording, record } from "../../test/recorded.ts";
import { loadPort } from "./pod.ts";

const deployment = "kubernetes:apps/v1:Deployment";
const policy = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const podOf = ({ inputs }: Recorded) => inputs.spec.template;
const environmentOf = (one: Recorded) =>
  Object.fromEntries(
    podOf(one).spec.containers[0].env.map(({ name, value }: { name: string; value: string }) => [
      name,
      value,
    ]),
  );

describe("the load", () => {
  let lab: Recording;
  before(async () => {
    lab = await record({ loadRate: "12.5", loadSeed: "monday" });
  });

  it("runs the server's image with the command to send load", () => {
    const [container] = podOf(lab.one(deployment, "load")).spec.containers;
    const [server] = podOf(lab.one(deployment, "delayed-server")).spec.containers;
    assert.equal(container.image, server.image);
    assert.deepEqual(container.args, ["load"]);
  });

  it("goes to the server's Service at the configured rate, with the generator's other defaults", () => {
    assert.deepEqual(environmentOf(lab.one(deployment, "load")), {
      LOAD_TARGET: "http://delayed-server",
      LOAD_RATE: "12.5",
      LOAD_SEED: "monday",
    });
    assert.equal(environmentOf(lab.one(deployment, "delayed-server")).LOAD_RATE, undefined);
  });

  it("comes from several pods on different nodes if asked for", async () => {
    const { spec } = (await record({ loadReplicas: "3" })).one(deployment, "load").inputs;
    assert.equal(spec.replicas, 3);
    const [constraint] = spec.template.spec.topologySpreadConstraints;
    assert.equal(constraint.topologyKey, "kubernetes.io/hostname");
    assert.deepEqual(constraint.labelSelector.matchLabels["app.kubernetes.io/name"], "load");
    const one = lab.one(deployment, "load").inputs.spec;
    assert.equal(one.replicas, 1);
    assert.equal(one.template.spec.topologySpreadConstraints, undefined);
  });

  it("gets no variables of other Services", () => {
    assert.equal(podOf(lab.one(deployment, "load")).spec.enableServiceLinks, false);
  });

  it("is scraped, and not mistaken for a server", () => {
    const { annotations, labels } = podOf(lab.one(deployment, "load")).metadata;
    assert.equal(annotations["prometheus.io/port"], String(loadPort));
    const { selector } = lab.one("kubernetes:core/v1:Service", "delayed-server-service").inputs.spec;
    assert.notEqual(labels["app.kubernetes.io/name"], selector["app.kubernetes.io/name"]);
  });

  it("meets Pod Security restricted, without a token", () => {
    const { spec } = podOf(lab.one(deployment, "load"));
    assert.equal(spec.automountServiceAccountToken, false);
    assert.equal(spec.securityContext.runAsNonRoot, true);
    assert.deepEqual(spec.containers[0].securityContext.capabilities, { drop: ["ALL"] });
  });

  it("can reach only the server and DNS", () => {
    const { egress } = lab.one(policy, "load-to-server").inputs.spec;
    const [toServer, toDns] = egress;
    const { selector } = lab.one("kubernetes:core/v1:Service", "delayed-server-service").inputs.spec;
    assert.deepEqual(toServer.to, [{ podSelector: { matchLabels: selector } }]);
    assert.deepEqual(
      toDns.ports.map(({ port }: { port: number }) => port),
      [53, 53],
    );
    assert.equal(egress.length, 2);
  });

  it("can be disabled, and its policy too", async () => {
    const without = await record({ load: "false" });
    assert.ok(without.resources.every(({ name }) => !name.startsWith("load")));
    const open = await record({ networkPolicies: "false" });
    assert.ok(open.resources.every(({ type }) => type !== policy));
  });
});
