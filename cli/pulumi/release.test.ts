import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { stringify } from "yaml";
import type { Plan } from "../../stack/plan.ts";
import { kubeconfigFor, listening } from "../../test/fakes.ts";
import { removeOtherVersions } from "./release.ts";
import { changedVersions, State } from "./state.ts";

const planWith = (versions: string) =>
  ({
    settings: { versions },
    names: { monitoringNamespace: "monitoring", release: "loki" },
  }) as unknown as Plan;

describe("a change of versions", () => {
  const release = (values: object) =>
    new State({
      version: 3,
      deployment: {
        resources: [{ urn: "release", type: "kubernetes:helm.sh/v3:Release", inputs: { values } }],
      },
    });

  it("is seen from the values of the running release", () => {
    const chart = release({ loki: { enabled: true } });
    const maintained = release({ loki: { deploymentMode: "Monolithic" } });
    const change = { from: "chart", to: "maintained" };
    assert.deepEqual(changedVersions(chart, planWith("maintained")), change);
    assert.equal(changedVersions(chart, planWith("chart")), undefined);
    assert.equal(changedVersions(maintained, planWith("maintained")), undefined);
    assert.equal(changedVersions(new State({ version: 3, deployment: {} }), planWith("chart")), undefined);
  });
});

describe("a release of the other versions that a killed run left", () => {
  const config = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "promtail" } };
  const path = "/api/v1/namespaces/monitoring/configmaps/promtail";

  /** Runs the repair, and returns what it says and the requests that change something. */
  async function repaired(chart: string, status: string, releaseInState: boolean, finalizer?: string) {
    const record = gzipSync(
      JSON.stringify({ manifest: stringify(config), chart: { metadata: { name: chart } } }),
    );
    const note = {
      metadata: { name: "sh.helm.release.v1.loki.v1", labels: { status } },
      data: { release: Buffer.from(record.toString("base64")).toString("base64") },
    };
    const changes: string[] = [];
    const server = createServer((request, response) => {
      const answer = (status: number, body: object) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      if (request.url === "/api/v1") {
        const resources = [{ name: "configmaps", kind: "ConfigMap", namespaced: true, verbs: [] }];
        return answer(200, { kind: "APIResourceList", groupVersion: "v1", resources });
      }
      if (finalizer !== undefined && request.url === path)
        return answer(200, { ...config, metadata: { ...config.metadata, finalizers: [finalizer] } });
      if (request.method === "GET")
        return answer(200, { kind: "SecretList", apiVersion: "v1", items: [note] });
      changes.push(`${request.method} ${request.url}`);
      // The first request deletes it.
      return answer(changes.length === 1 ? 200 : 404, { kind: "Status", apiVersion: "v1" });
    });
    const kubeconfig = kubeconfigFor(`http://127.0.0.1:${await listening(server)}`);
    try {
      const said = await removeOtherVersions(kubeconfig, planWith("maintained"), releaseInState, 1);
      return { said, changes };
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it("is deleted object by object, until nothing of it is left", async () => {
    const { said, changes } = await repaired("loki-stack", "uninstalling", true);
    assert.deepEqual(changes, [`DELETE ${path}`, `DELETE ${path}`]);
    assert.match(said.join(), /loki-stack/);
  });

  it("stops the run if it stays, and says which object waits for what", async () => {
    await assert.rejects(
      repaired("loki-stack", "uninstalling", true, "example.com/backup"),
      /ConfigMap monitoring\/promtail of the release of loki-stack is not gone[\s\S]*finalizers: example\.com\/backup/,
    );
  });

  it("is left to Pulumi if it is intact, and Helm adopts one of the same versions", async () => {
    assert.deepEqual(await repaired("loki-stack", "deployed", true), { said: [], changes: [] });
    const same = await repaired("latency-lab-monitoring", "pending-install", false);
    assert.deepEqual(same, { said: [], changes: [] });
  });
});
