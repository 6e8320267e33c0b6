// Changes or deletes objects by hand, and checks what the next `up` restores.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { noExistingCluster } from "../environment.ts";
import { eventually } from "../eventually.ts";
import { figure } from "../figures.ts";
import { changed, StackUnderTest, type UpResult } from "../stack.ts";
import { ClusterUnderTest, isReady } from "./cluster.ts";

const skip = noExistingCluster();

describe("a stack that was not changed by hand", { skip }, () => {
  let stack: StackUnderTest;
  let cluster: ClusterUnderTest;
  let lab: UpResult;
  let namespaces: UpResult["outputs"]["namespaces"];
  let release: string;

  before(() => {
    stack = new StackUnderTest("f-drift", "existing");
    cluster = new ClusterUnderTest(stack.settings);
  });
  after(() => stack.end());

  for (const preset of ["full", "laptop"]) {
    it(`does not change when up runs again with the preset ${preset}`, async () => {
      lab = await stack.up({ preset });
      await doesNotChange();
    });

    it(`has no drift in pulumi refresh with the preset ${preset}`, async (t) => {
      const run = await stack.pulumi("refresh --yes --expect-no-changes --non-interactive");
      if (/language plugin/i.test(run.stderr)) return t.skip("Pulumi's Node.js language host is missing");
      assert.equal(run.code, 0, run.stdout + run.stderr);
    });
  }

  async function doesNotChange(): Promise<void> {
    const { up, says } = await stack.upSaying();
    assert.doesNotMatch(says, /which was/);
    assert.equal(changed(up), 0, JSON.stringify(up.changes));
  }

  /** Runs `up` after something was changed by hand, and expects it to say what it restored. */
  async function restores(expected: RegExp): Promise<UpResult> {
    const { up, says } = await stack.upSaying();
    assert.match(says, expected);
    await doesNotChange();
    return up;
  }

  it("gets its Deployment back after it was deleted", async () => {
    namespaces = lab.outputs.namespaces;
    const namespace = namespaces.server;
    await cluster.apps.deleteNamespacedDeployment({ name: "delayed-server", namespace });
    const { seconds } = await restores(/Deployment .*\/delayed-server, which was deleted/);
    figure("up after the server's Deployment was deleted by hand", `${seconds.toFixed(1)} s`, "restored");
    const answer = await fetch(`${lab.outputs.serverUrl}/delay/1ms`);
    assert.equal(answer.status, 200);
  });

  it("gets its dashboard and its port back after they were changed", async () => {
    const { monitoring, server } = namespaces;
    const name = "dashboard-delayed-server";
    const map = await cluster.core.readNamespacedConfigMap({ name, namespace: monitoring });
    const was = map.data?.["delayed-server.json"];
    await cluster.core.replaceNamespacedConfigMap({
      name,
      namespace: monitoring,
      body: { ...map, data: { "delayed-server.json": "{}" } },
    });
    const service = await cluster.core.readNamespacedService({ name: "delayed-server", namespace: server });
    const [port] = service.spec?.ports ?? [];
    assert.ok(port);
    const nodePort = port.nodePort;
    delete port.nodePort;
    port.port = 8080;
    await cluster.core.replaceNamespacedService({ name: "delayed-server", namespace: server, body: service });

    await restores(
      /ConfigMap .*dashboard-delayed-server, which was changed[\s\S]*|Service .*which was changed/,
    );
    const restored = await cluster.core.readNamespacedConfigMap({ name, namespace: monitoring });
    assert.equal(restored.data?.["delayed-server.json"], was);
    const { spec } = await cluster.core.readNamespacedService({ name: "delayed-server", namespace: server });
    assert.equal(spec?.ports?.[0]?.port, 80);
    assert.equal(spec?.ports?.[0]?.nodePort, nodePort);
  });

  it("gets objects of the chart back after they were deleted or changed", async () => {
    const namespace = namespaces.monitoring;
    const { items } = await cluster.apps.listNamespacedDeployment({ namespace });
    release =
      items.map(({ metadata }) => metadata?.name ?? "").find((name) => name.endsWith("-grafana")) ?? "";
    const config = await cluster.core.readNamespacedConfigMap({ name: release, namespace });
    const was = config.data?.["grafana.ini"];
    await cluster.apps.deleteNamespacedDeployment({ name: release, namespace });
    await cluster.core.replaceNamespacedConfigMap({
      name: release,
      namespace,
      body: { ...config, data: { ...config.data, "grafana.ini": "[users]\nallow_sign_up = true\n" } },
    });
    await restores(/Deployment .*-grafana, which was deleted/);
    const restored = await cluster.core.readNamespacedConfigMap({ name: release, namespace });
    assert.equal(restored.data?.["grafana.ini"], was);
    await eventually(async () => {
      const pods = await cluster.pods(namespace, "app.kubernetes.io/name=grafana");
      assert.ok(pods.length === 1 && pods.every(isReady));
    });
  });

  it("gets its monitoring back after the whole namespace was deleted", async () => {
    await cluster.core.deleteNamespace({ name: namespaces.monitoring });
    const { seconds, firstLatencySeconds } = await restores(/Namespace .*-monitoring, which was deleted/);
    assert.ok(firstLatencySeconds !== undefined);
    figure("up after the monitoring's namespace was deleted", `${seconds.toFixed(1)} s`, "restored");
    await stack.verified();
  });
});
