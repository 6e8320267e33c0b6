import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { node } from "../../test/fakes.ts";
import type { Toleration } from "../settings/pods.ts";
import { architecture, nodeAddress, runsDocker, usableNodes } from "./nodes.ts";

const anywhere = {
  nodeSelector: {},
  tolerations: [] as Toleration[],
  imagePlatform: undefined,
};
const at = (address: string, type = "InternalIP") => [{ type, address }];
const taint = (key: string, value?: string) => ({ spec: { taints: [{ key, value, effect: "NoSchedule" }] } });

describe("the address of NodePorts", () => {
  it("is that of a ready node, regardless of the order", () => {
    const nodes = [
      node("a", { ready: false, addresses: at("192.0.2.1") }),
      node("b", { addresses: at("192.0.2.2") }),
    ];
    assert.equal(nodeAddress(nodes), "192.0.2.2");
  });

  it("is an external one if there is one, else a node's first internal one, of either IP family", () => {
    const dual = [...at("2001:db8::1"), ...at("192.0.2.1")];
    assert.equal(nodeAddress([node("a", { addresses: dual })]), "2001:db8::1");
    assert.equal(
      nodeAddress([node("a", { addresses: [...dual, ...at("203.0.113.1", "ExternalIP")] })]),
      "203.0.113.1",
    );
  });

  it("is a name if there is nothing else", () => {
    const names = [...at("a", "Hostname"), ...at("a.internal", "InternalDNS")];
    assert.equal(nodeAddress([node("a", { addresses: names })]), "a.internal");
    assert.throws(() => nodeAddress([node("a", { addresses: [] })]), /no node of the cluster has an address/);
  });
});

describe("nodes that can't run the pods", () => {
  const usable = (nodes: ReturnType<typeof node>[], placement = {}) =>
    usableNodes(nodes, { ...anywhere, ...placement }).map(({ metadata }) => metadata?.name);

  it("are tainted, not ready, cordoned, of another platform, or without a label", () => {
    const nodes = [
      node("a", taint("gpu")),
      node("b", { ready: false }),
      node("c", { spec: { unschedulable: true } }),
      node("d", { info: { operatingSystem: "windows" } }),
      node("e", { info: { architecture: "arm64" } }),
      node("f", { labels: { pool: "lab" } }),
      node("g", { spec: { taints: [{ key: "spot", effect: "PreferNoSchedule" }] } }),
    ];
    assert.deepEqual(usable(nodes), ["e", "f", "g"]);
    assert.deepEqual(usable(nodes, { imagePlatform: "linux/arm64" }), ["e"]);
    assert.deepEqual(usable(nodes, { nodeSelector: { pool: "lab" } }), ["f"]);
  });

  it("can run them with a toleration", () => {
    const nodes = [node("a", taint("team", "ml")), node("b", taint("gpu"))];
    const tolerating = (one: Toleration) => usable(nodes, { tolerations: [one] });
    assert.deepEqual(tolerating({ key: "team", operator: "Exists", effect: "NoSchedule" }), ["a"]);
    assert.deepEqual(tolerating({ key: "gpu", operator: "Exists" }), ["b"]);
    assert.deepEqual(tolerating({ key: "team", operator: "Equal", value: "ml" }), ["a"]);
    assert.deepEqual(tolerating({ operator: "Exists" }), ["a", "b"]);
  });

  it("do not affect the image's architecture", () => {
    const arm = { architecture: "arm64" };
    const nodes = [
      node("a", { ...taint("gpu"), info: arm }),
      node("b", { ...taint("gpu"), info: arm }),
      node("c"),
    ];
    assert.equal(architecture(usableNodes(nodes, anywhere)), "amd64");
  });

  it("can have Docker as their runtime", () => {
    assert.equal(runsDocker([node("a", { info: { containerRuntimeVersion: "containerd://2.0.0" } })]), false);
    assert.equal(runsDocker([node("a", { info: { containerRuntimeVersion: "docker://27.0.0" } })]), true);
  });
});
