// Uses a fake `docker` command that reports a node in some situation.
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse, stringify } from "yaml";
import { apiServer, tlsData } from "../../test/api-server.ts";
import { lastWords, localKubeconfig } from "./local-node.ts";

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
