import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse, stringify } from "yaml";
import { apiServer, tlsData } from "../../test/api-server.ts";
import { type Recording, record } from "../../test/recorded-program.ts";
import { readSettings } from "../settings/read.ts";
import { lastWords, localKubeconfig, nodeEntrypoint } from "./local-node.ts";

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
    // kube-proxy has changed the destination of every other packet.
    assert.match(script.content, /-A POSTROUTING -d 10\.43\.0\.0\/16 -j DROP/);
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

// Uses a fake `docker` command that reports a node in some situation.
describe("a local cluster's node", () => {
  const path = process.env.PATH;
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "latency-lab-node-"));
    process.env.PATH = `${folder}${delimiter}${path}`;
  });
  after(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });

  function docker(script: string): void {
    writeFileSync(join(folder, "docker"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, "docker"), 0o755);
  }

  const fatal = 'time="2026-01-01T00:00:00Z" level=fatal msg="failed to find \\"memory\\" cgroup"';

  it("that ended is reported at once, with its last log lines", async () => {
    docker(`case "$1" in
      inspect) echo "exited 0" ;;
      logs) echo '${fatal}'; echo 'I0101 something else' ;;
      *) echo "container is not running" >&2; exit 1 ;;
    esac`);
    await assert.rejects(localKubeconfig("0123456789abcdef", 6550, "lab"), {
      message: /node ended\n {2}why: failed to find "memory" cgroup\n {2}fix: docker logs 0123456789ab/,
    });
  });

  it("that keeps restarting is reported at once, even while it seems to run", async () => {
    docker(`case "$1" in
      inspect) echo x >> ${folder}/asked; echo "running $(grep -c x ${folder}/asked)" ;;
      logs) echo 'last word' ;;
      *) echo "container is restarting" >&2; exit 1 ;;
    esac`);
    await assert.rejects(localKubeconfig("0123456789abcdef", 6550, "lab"), {
      message: /node ended\n {2}why: last word/,
    });
  });

  it("is ready when its node is, not when its API answers", async () => {
    const condition = (status: string) => ({ status: { conditions: [{ type: "Ready", status }] } });
    // Two requests a try: the API's own state, and its nodes.
    const nodes = [[], [], [], [condition("False")], [], [condition("True")]];
    const api = await apiServer({ items: () => nodes.shift() ?? [] });
    const [ca, pair] = [tlsData("ca.pem"), tlsData("client.pem")];
    const cluster = { server: "https://127.0.0.1:6443", "certificate-authority-data": ca };
    const user = { "client-certificate-data": pair, "client-key-data": pair };
    const written = {
      clusters: [{ name: "default", cluster }],
      users: [{ name: "default", user }],
      contexts: [],
    };
    writeFileSync(join(folder, "k3s.yaml"), stringify(written));
    docker(`case "$1" in
      inspect) echo "running 0" ;;
      exec) cat ${folder}/k3s.yaml ;;
    esac`);
    const found = parse(await localKubeconfig("0123456789abcdef", api.port, "lab"));
    assert.equal(found.clusters[0].cluster.server, api.url);
    assert.equal(found["current-context"], "lab");
    assert.deepEqual(
      api.asked.map(({ path }) => path),
      Array(3).fill(["/readyz", "/api/v1/nodes"]).flat(),
    );
  });

  it("that was removed is reported", async () => {
    docker('echo "No such object" >&2; exit 1');
    await assert.rejects(localKubeconfig("0123456789abcdef", 6550, "lab"), { message: /is gone/ });
  });

  it("is reported with its fatal log line if there is one, else with three lines", () => {
    assert.equal(lastWords("a\nb\n\nc\nd\n"), "b | c | d");
    assert.equal(lastWords(`a\n${fatal}\nb\nc\nd`), 'failed to find "memory" cgroup');
  });
});
