import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { type Recording, record } from "../../test/recorded.ts";
import { readSettings } from "../settings/read.ts";
import { nodeEntrypoint } from "./local-node.ts";

const container = "docker:index/container:Container";
const machine = {
  remapsUsers: false,
  isNative: true,
  mounts: [],
  subnet: "172.20.7.0/24",
  gateway: "172.20.7.1",
  node: "172.20.7.2",
  registry: "172.20.7.3",
  others: "172.20.7.128/25",
};

describe("the node of a local cluster", () => {
  let lab: Recording;
  before(async () => {
    lab = await record();
  });
  const node = (of = lab) => of.one(container, "node").inputs;

  it("has a fixed address, like the registry, that no other container of the network gets", () => {
    assert.deepEqual(lab.one("docker:index/network:Network").inputs.ipamConfigs, [
      { subnet: "172.20.7.0/24", gateway: "172.20.7.1", ipRange: "172.20.7.128/25" },
    ]);
    assert.equal(node().networksAdvanced[0].ipv4Address, "172.20.7.2");
    assert.equal(lab.one(container, "registry").inputs.networksAdvanced[0].ipv4Address, "172.20.7.3");
  });

  it("evicts pods by the free disk space, not by a percentage, and never removes images", () => {
    const command: string[] = node().command;
    assert.ok(command.some((one) => /eviction-hard=.*nodefs\.available<1Gi/.test(one)));
    assert.ok(!command.some((one) => one.includes("%")));
    assert.ok(command.includes("--kubelet-arg=image-gc-high-threshold=100"));
  });

  it("needs no tunnel, and mounts the host's kernel modules", () => {
    assert.ok(node().command.includes("--flannel-backend=host-gw"));
    const [modules] = node().volumes;
    assert.deepEqual(modules, { hostPath: "/lib/modules", containerPath: "/lib/modules", readOnly: true });
  });

  it("gives pods the engine's resolver at an address that they can reach", () => {
    const script = node().uploads.find((one: { file: string }) => one.file === node().entrypoints[0]);
    assert.equal(script.executable, true);
    assert.equal(script.content, nodeEntrypoint("172.20.7.1"));
    assert.match(script.content, /-d 172\.20\.7\.1 .*--dport 53 -j DNAT/);
    // k3s must be the first process: only then does it leave the cgroup that pods need.
    assert.match(script.content, /\nexec \/bin\/k3s "\$@"\n$/);
  });

  it("runs without user remapping if the engine remaps users", async () => {
    assert.equal(node().usernsMode, undefined);
    const remapped = await record({}, "dev", {}, { local: { ...machine, remapsUsers: true } });
    assert.equal(node(remapped).usernsMode, "host");
  });

  it("resolves the machine's name to the network's gateway, or to the engine's host-gateway", async () => {
    assert.deepEqual(node().hosts, [{ host: "host.docker.internal", ip: "172.20.7.1" }]);
    const desktop = await record({}, "dev", {}, { local: { ...machine, isNative: false } });
    assert.deepEqual(node(desktop).hosts, [{ host: "host.docker.internal", ip: "host-gateway" }]);
  });
});

describe("a server on the user's machine", () => {
  const release = "kubernetes:helm.sh/v3:Release";

  it("is reachable only for the pods that a setting points to it", async () => {
    const values = async (settings: Record<string, string>) =>
      (await record(settings)).one(release).inputs.values;
    const aliases = [{ ip: "172.20.7.1", hostnames: ["host.docker.internal"] }];
    const scraped = await values({ scrapeTargets: "host.docker.internal:19004" });
    assert.deepEqual(scraped.prometheus.server.hostAliases, aliases);
    assert.equal(scraped.promtail.hostAliases, undefined);
    const logged = await values({ lokiUrl: "http://host.docker.internal:3100" });
    assert.deepEqual(logged.promtail.hostAliases, aliases);
    assert.deepEqual(logged.grafana.hostAliases, aliases);
    assert.equal((await values({})).prometheus.server.hostAliases, undefined);
  });

  it("is not at 127.0.0.1, which is the pod itself", () => {
    for (const [setting, value] of [
      ["scrapeTargets", "127.0.0.1:19004"],
      ["scrapeTargets", "ok.example:1,localhost:19004"],
      ["remoteWriteUrl", "http://127.0.0.1:9009/api/v1/push"],
      ["lokiUrl", "http://localhost:3100"],
    ] as const) {
      const { problems } = readSettings({ [setting]: value });
      assert.equal(problems?.length, 1, value);
      assert.match(problems?.[0]?.why ?? "", /runs in a pod/);
      assert.match(problems?.[0]?.fix ?? "", /host\.docker\.internal/);
    }
  });
});
