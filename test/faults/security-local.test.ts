// A local cluster is reachable only from this machine.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { StackUnderTest, type UpResult } from "../stack.ts";
import { CommandLines, credentialsIn, Secrets } from "./secrets.ts";

const containers = ["k3s", "registry"].map((part) => `latency-lab-s-local-${part}`);
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8", maxBuffer: 1 << 26 });

describe("security of a local cluster", () => {
  let stack: StackUnderTest;
  let lab: UpResult;
  let secrets: Secrets;
  let commandLines: string;
  before(async () => {
    stack = new StackUnderTest("s-local", "local", { preset: "laptop" });
    const watched = new CommandLines();
    lab = await stack.up();
    commandLines = watched.stop();
    const kubeconfig = docker("exec", containers[0] as string, "cat", "/etc/rancher/k3s/k3s.yaml");
    secrets = new Secrets({
      "Grafana's password": await stack.password(),
      "the passphrase of the state": readFileSync(
        join(stack.checkout.folder, ".latency-lab/passphrase"),
        "utf8",
      ),
      ...credentialsIn(kubeconfig),
    });
  });
  after(() => stack.end());

  const published = (): { HostIp: string; HostPort: string }[] =>
    containers.flatMap((name) => {
      const [{ NetworkSettings }] = JSON.parse(docker("inspect", name));
      return Object.values<{ HostIp: string; HostPort: string }[] | null>(NetworkSettings.Ports).flatMap(
        (bindings) => bindings ?? [],
      );
    });

  it("publishes every port on 127.0.0.1 only", () => {
    const ports = published();
    assert.equal(ports.length, 5);
    for (const { HostIp } of ports) assert.equal(HostIp, "127.0.0.1");
  });

  it("does not answer on other addresses of the machine", async (t) => {
    const addresses = Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .filter(({ internal, family }) => !internal && family === "IPv4")
      .map(({ address }) => address);
    if (addresses.length === 0) return t.skip("this machine has no other address");
    for (const { HostPort } of published()) {
      assert.equal(await connects("127.0.0.1", Number(HostPort)), true, HostPort);
      for (const address of addresses) {
        assert.equal(await connects(address, Number(HostPort)), false, `${address}:${HostPort}`);
      }
    }
  });

  it("has no secret in state, files, command lines or container configuration", async () => {
    const left = /\/node_modules\/|\/\.latency-lab\/(passphrase|node|pulumi|compile-cache)/;
    assert.deepEqual(secrets.inFolder(stack.checkout.folder, left), []);
    assert.ok(commandLines.includes("pulumi"), "no process of the run was recorded");
    assert.deepEqual(secrets.in(commandLines), []);
    assert.deepEqual(secrets.in(JSON.stringify(lab)), []);
    for (const name of containers) {
      assert.deepEqual(secrets.in(docker("inspect", name)), [], name);
      assert.deepEqual(await secrets.inOutputOf("docker", ["logs", "--tail", "2000", name]), [], name);
    }
  });
});

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(3000, () => end(false));
    socket.on("connect", () => end(true)).on("error", () => end(false));
  });
}
