import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { node } from "../../test/fakes.ts";
import type { Toleration } from "../settings/pods.ts";
import { architecture, nodeAddress, nodeProblems, runsDocker, usableNodes } from "./nodes.ts";

const anywhere = {
  nodeSelector: {},
  tolerations: [] as Toleration[],
  imagePlatform: undefined,
  nodeAddress: undefined,
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
  const problem = (nodes: ReturnType<typeof node>[], placement = {}) =>
    nodeProblems(nodes, { ...anywhere, ...placement })[0];

  it("are not reported while another node can", () => {
    const nodes = [
      node("a", taint("gpu")),
      node("b", { ready: false }),
      node("c", { info: { operatingSystem: "windows" } }),
      node("d"),
    ];
    assert.equal(problem(nodes), undefined);
    assert.deepEqual(
      usableNodes(nodes, anywhere).map(({ metadata }) => metadata?.name),
      ["d"],
    );
  });

  it("are reported by reason, with the setting that helps most of them", () => {
    const nodes = [
      node("a", taint("team", "ml")),
      node("b", taint("team", "ml")),
      node("c", { ready: false }),
    ];
    const { why, fix } = problem(nodes) ?? {};
    assert.equal(why, "2 with the taint team=ml:NoSchedule, which the pods don't tolerate; 1 not ready");
    assert.equal(fix, "npm run up -- --config tolerations=team=ml:NoSchedule");
  });

  it("keep the existing tolerations in the fix", () => {
    const tolerations = [{ key: "a", operator: "Exists", effect: "NoSchedule" }];
    const both = node("n", {
      spec: {
        taints: [
          { key: "a", effect: "NoSchedule" },
          { key: "b", effect: "NoExecute" },
        ],
      },
    });
    assert.match(problem([both], { tolerations })?.fix ?? "", /tolerations=a:NoSchedule,b:NoExecute$/);
    assert.equal(problem([both], { tolerations: [{ operator: "Exists" }] }), undefined);
  });

  it("can be full: its own taint is not to be tolerated", () => {
    const full = node("a", taint("node.kubernetes.io/disk-pressure"));
    assert.match(problem([full])?.fix ?? "", /^kubectl describe node a /);
  });

  it("can be cordoned, have another operating system or architecture, or lack a label", () => {
    assert.match(problem([node("a", { spec: { unschedulable: true } })])?.fix ?? "", /kubectl uncordon a/);
    assert.match(problem([node("a", { info: { operatingSystem: "windows" } })])?.fix ?? "", /Linux node/);
    assert.match(
      problem([node("a", { info: { architecture: "arm64" } })], { imagePlatform: "linux/amd64" })?.fix ?? "",
      /imagePlatform=linux\/arm64/,
    );
    assert.match(
      problem([node("a", { labels: { pool: "b" } })], { nodeSelector: { pool: "a" } })?.fix ?? "",
      /nodeSelector=pool=b/,
    );
  });

  it("can be absent if nodes are created on demand and the address is set", () => {
    assert.match(problem([])?.fix ?? "", /nodeAddress=ADDRESS/);
    assert.equal(problem([], { nodeAddress: "lab.example" }), undefined);
  });

  it("do not affect the image's architecture, except with a taint that is only a preference", () => {
    const arm = { architecture: "arm64" };
    const nodes = [
      node("a", { ...taint("gpu"), info: arm }),
      node("b", { ...taint("gpu"), info: arm }),
      node("c"),
    ];
    assert.equal(architecture(usableNodes(nodes, anywhere)), "amd64");
    const prefers = { spec: { taints: [{ key: "spot", effect: "PreferNoSchedule" }] } };
    assert.equal(problem([node("a", prefers)]), undefined);
  });

  it("can have Docker as their runtime", () => {
    assert.equal(runsDocker([node("a", { info: { containerRuntimeVersion: "containerd://2.0.0" } })]), false);
    assert.equal(runsDocker([node("a", { info: { containerRuntimeVersion: "docker://27.0.0" } })]), true);
  });
});
