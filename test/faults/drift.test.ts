// Changes or deletes objects by hand, and checks what the next `up` restores.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { eventually } from "../../cli/clients/eventually.ts";
import { isReady } from "../../cli/observe/pods.ts";
import { Checkout } from "../checkout.ts";
import { ClusterUnderTest } from "../cluster.ts";
import { noExistingCluster } from "../environment.ts";
import { changed, figure, StackUnderTest, type UpResult } from "../stack.ts";

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

// Changes the containers of a local cluster by hand, and checks what the next `up` restores.

const containers = ["latency-lab-f-local-drift-k3s", "latency-lab-f-local-drift-registry"] as const;
const [node, registry] = containers;

/** The environment that chooses a new, empty backend. */
function backendOfOnesOwn(): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "latency-lab-backend-"));
  return { PULUMI_BACKEND_URL: pathToFileURL(folder).href, PULUMI_CONFIG_PASSPHRASE: "drift" };
}

describe("a local cluster", () => {
  let stack: StackUnderTest;

  before(async () => {
    const checkout = new Checkout(backendOfOnesOwn());
    stack = new StackUnderTest("f-local-drift", "local", { preset: "laptop" }, checkout);
    await stack.up();
  });
  after(() => stack.end());

  /** Changes the engine by hand, and expects the next `up` to restore it and to say so. */
  async function restores(expected: RegExp, ...byHand: string[]): Promise<UpResult> {
    execFileSync("docker", byHand);
    const { up, says } = await stack.upSaying();
    assert.match(says, expected);
    assert.ok(up.firstLatencySeconds !== undefined);
    figure(`up after docker ${byHand.slice(0, 2).join(" ")}`, `${up.seconds.toFixed(1)} s`, "restored");
    // The latency is visible, but other parts may still be starting.
    await eventually(() => stack.verified());
    return up;
  }

  it("is started again after it was stopped", async () => {
    await restores(/container .*-k3s, which was stopped/, "stop", ...containers);
  });

  it("gets its registry back, with the image in it, after the registry was removed", async () => {
    await restores(/the local registry, which was deleted/, "rm", "--force", "--volumes", registry);
    const { image } = await stack.json<{ image: string }>("status");
    const [host, digest] = [image.split("/")[0], image.split("@")[1]];
    const answer = await fetch(`http://${host}/v2/latency-lab/delayed-server/manifests/${digest}`, {
      headers: { Accept: "application/vnd.oci.image.manifest.v1+json" },
    });
    assert.equal(answer.status, 200);
  });

  it("is created again after it was removed", async () => {
    await restores(/the local cluster, which was deleted/, "rm", "--force", "--volumes", node);
  });

  for (const command of ["up", "down"])
    it(`is not touched by \`${command}\` with another backend, which says so`, async () => {
      const args = [command, "--stack", stack.name, "--yes"];
      const run = await stack.checkout.command(args, backendOfOnesOwn());
      assert.equal(run.code, 3, run.stderr);
      assert.match(run.stderr, /-k3s exists, but is not in the state/);
      assert.match(
        run.stderr,
        /pulumi login BACKEND .*docker rm --force --volumes .*-k3s && .*docker network rm/,
      );
    });

  it("does not change afterwards", async () => {
    assert.equal(changed(await stack.up()), 0);
  });
});
