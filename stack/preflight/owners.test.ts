import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { foreignClusterRoles, takenNodePorts } from "./owners.ts";

const names = {
  instance: "latency-lab",
  serverNamespace: "latency-lab",
  monitoringNamespace: "latency-lab-monitoring",
  release: "loki",
};
const ports = {
  apiPort: 1,
  registryPort: 2,
  serverNodePort: 31904,
  grafanaNodePort: 30300,
  prometheusNodePort: 32767,
};

describe("NodePorts of other services", () => {
  const problems = (spec: object) =>
    takenNodePorts([{ metadata: { namespace: "shop", name: "front" }, spec }], { names, ports });

  it("are in use by a service's ports and by its health check", () => {
    assert.match(problems({ ports: [{ nodePort: 30300 }] })[0]?.fix ?? "", /grafanaNodePort=30301/);
    assert.match(problems({ healthCheckNodePort: 31904 })[0]?.what ?? "", /serverNodePort = 31904 is in use/);
  });

  it("are free for TCP if only UDP uses them, and never suggested above the range", () => {
    assert.deepEqual(problems({ ports: [{ nodePort: 30300, protocol: "UDP" }] }), []);
    assert.match(problems({ ports: [{ nodePort: 32767 }] })[0]?.fix ?? "", /prometheusNodePort=32766/);
  });
});

describe("cluster roles of the chart's names", () => {
  const role = (name: string, release?: string, namespace?: string) => ({
    metadata: {
      name,
      ...(release
        ? {
            annotations: {
              "meta.helm.sh/release-name": release,
              "meta.helm.sh/release-namespace": String(namespace),
            },
          }
        : {}),
    },
  });

  it("are refused only if they belong to another release", () => {
    const own = role("loki-promtail", "loki", "latency-lab-monitoring");
    const other = role("loki-distributed", "loki", "logs");
    assert.deepEqual(foreignClusterRoles([own, other], [], { names }), []);
    const [theirs] = foreignClusterRoles([role("loki-promtail", "loki", "logs")], [], { names });
    assert.match(theirs?.why ?? "", /the release loki in the namespace logs/);
    assert.match(theirs?.fix ?? "", /name=latency-lab-2/);
    const [byHand] = foreignClusterRoles([], [role("loki-grafana-clusterrolebinding")], { names });
    assert.match(byHand?.why ?? "", /belongs to no Helm release/);
  });
});
