import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { record } from "../../test/recorded.ts";
import { serverPort } from "./pod.ts";

interface Policy {
  metadata: { name: string; namespace: string };
  spec: {
    podSelector: { matchLabels?: Record<string, string> };
    policyTypes: string[];
    ingress?: { from?: unknown[]; ports?: { port: number }[] }[];
    egress?: unknown[];
  };
}

async function policies(settings: Record<string, string> = {}): Promise<Policy[]> {
  const { resources } = await record(settings);
  return resources
    .filter(({ type }) => type === "kubernetes:networking.k8s.io/v1:NetworkPolicy")
    .map(({ inputs }) => inputs as Policy);
}

/** The policy for every pod, and the others by name; the order of policies is not defined. */
function parted(all: Policy[]): [Policy | undefined, ...Policy[]] {
  const everywhere = (one: Policy) => Object.keys(one.spec.podSelector.matchLabels ?? {}).length === 0;
  const others = all.filter((one) => !everywhere(one));
  return [all.find(everywhere), ...others.sort((a, b) => a.metadata.name.localeCompare(b.metadata.name))];
}

describe("NetworkPolicies", () => {
  it("allow only requests to the server's port, and no outgoing connections", async () => {
    const ofServer = (await policies()).filter(
      ({ metadata }) => metadata.namespace === "latency-lab" && metadata.name !== "load",
    );
    const [everything, requests] = parted(ofServer);
    assert.deepEqual(everything?.spec, { podSelector: {}, policyTypes: ["Ingress"] });
    assert.deepEqual(requests?.spec.ingress, [{ ports: [{ protocol: "TCP", port: serverPort }] }]);
    assert.deepEqual(requests?.spec.egress, []);
    assert.deepEqual(requests?.spec.policyTypes, ["Ingress", "Egress"]);
    assert.equal(ofServer.length, 2);
  });

  it("expose only Grafana and Prometheus of the monitoring, and let it scrape itself", async () => {
    const ofMonitoring = (await policies()).filter(
      ({ metadata }) => metadata.namespace === "latency-lab-monitoring",
    );
    const [itself, ...opened] = parted(ofMonitoring);
    assert.deepEqual(itself?.spec.podSelector, {});
    assert.deepEqual(itself?.spec.ingress, [
      {
        from: [
          { podSelector: {} },
          {
            namespaceSelector: { matchLabels: { "app.kubernetes.io/part-of": "latency-lab" } },
            podSelector: { matchLabels: { app: "prometheus", component: "server" } },
          },
        ],
      },
    ]);
    assert.deepEqual(
      opened.map(({ spec }) => spec.ingress?.[0]?.ports?.map(({ port }) => port)),
      [[3000], [9090]],
    );
  });

  it("can be disabled", async () => {
    assert.deepEqual(await policies({ networkPolicies: "false" }), []);
  });
});
