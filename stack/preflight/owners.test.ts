import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cluster } from "../../test/fakes.ts";
import { ClusterClient } from "../cluster/client.ts";
import { UserError } from "../errors.ts";
import { makePlan } from "../plan.ts";
import { readSettings } from "../settings/read.ts";
import { checkClusterRoles, checkNodePorts } from "./owners.ts";

const { configuration } = readSettings({ prometheusNodePort: "32767" });
assert.ok(configuration);
const plan = makePlan(configuration, "dev", "/");

async function problems(check: typeof checkClusterRoles, lists: Record<string, object[]>) {
  const { kubeconfig } = await cluster({ lists });
  try {
    await check(new ClusterClient(kubeconfig), plan);
    return [];
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return error.problems;
  }
}

describe("NodePorts of other services", () => {
  const taken = (spec: object) =>
    problems(checkNodePorts, {
      "/api/v1/services": [{ metadata: { namespace: "shop", name: "front" }, spec }],
    });

  it("are in use by a service's ports and by its health check", async () => {
    const [port] = await taken({ ports: [{ nodePort: 30300 }] });
    assert.match(port?.fix ?? "", /grafanaNodePort=30301/);
    const [health] = await taken({ healthCheckNodePort: 31904 });
    assert.match(health?.what ?? "", /serverNodePort = 31904 is in use/);
  });

  it("are free for TCP if only UDP uses them, and never suggested above the range", async () => {
    assert.deepEqual(await taken({ ports: [{ nodePort: 30300, protocol: "UDP" }] }), []);
    const [last] = await taken({ ports: [{ nodePort: 32767 }] });
    assert.match(last?.fix ?? "", /prometheusNodePort=32766/);
  });
});

describe("cluster roles of the chart's names", () => {
  const role = (name: string, annotations = {}) => ({ metadata: { name, annotations } });
  const of = (release: string, namespace: string) => ({
    "meta.helm.sh/release-name": release,
    "meta.helm.sh/release-namespace": namespace,
  });
  const path = "/apis/rbac.authorization.k8s.io/v1/clusterrole";

  it("are refused only if they belong to another release", async () => {
    const own = role("loki-promtail", of("loki", "latency-lab-monitoring"));
    const other = role("loki-distributed", of("loki", "logs"));
    assert.deepEqual(await problems(checkClusterRoles, { [`${path}s`]: [own, other] }), []);
    const taken = role("loki-promtail", of("loki", "logs"));
    const [theirs] = await problems(checkClusterRoles, { [`${path}s`]: [taken] });
    assert.match(theirs?.why ?? "", /the release loki in the namespace logs/);
    assert.match(theirs?.fix ?? "", /name=latency-lab-2/);
    const byHand = [role("loki-grafana-clusterrolebinding")];
    const [none] = await problems(checkClusterRoles, { [`${path}bindings`]: byHand });
    assert.match(none?.why ?? "", /belongs to no Helm release/);
  });
});
