// Runs `status` against a fake API server, before and after the first `up` of a stack has finished.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { namespaceMetadata } from "../../stack/plan.ts";
import { Checkout } from "../../test/checkout.ts";
import { apiWith } from "../../test/fakes.ts";

const skip = process.platform === "win32" ? "the stand-in for Pulumi is a shell script" : false;
const instance = "latency-lab";
const server = `/api/v1/namespaces/${instance}`;
const workloads = `/apis/apps/v1/namespaces/${instance}/deployments`;

const namespace = namespaceMetadata({
  name: instance,
  instance,
  podSecurity: "restricted",
  labels: {},
  annotations: {},
});

const refused = {
  metadata: { name: "delayed-server", namespace: instance, uid: "d", generation: 1 },
  spec: { replicas: 2 },
  status: {
    observedGeneration: 1,
    conditions: [
      { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "exceeded quota: q" },
    ],
  },
};

describe("npm run status", { skip }, () => {
  let project: Checkout;
  const closers: (() => void)[] = [];
  before(() => {
    project = new Checkout();
    project.shareDependencies();
    mkdirSync(join(project.folder, "bin"));
  });
  after(() => {
    for (const close of closers) close();
    project.remove();
  });

  /** `status` of a stack on this cluster, of which an `up` has finished or not. */
  async function status(isUp: boolean, ...api: Parameters<typeof apiWith>) {
    const { kubeconfig, close } = await apiWith(...api);
    closers.push(close);
    project.write("kubeconfig", kubeconfig);
    const settings = { cluster: "existing", context: "lab", kubeconfig: "kubeconfig" };
    const lines = Object.entries(settings).map(([key, value]) => `  latency-lab:${key}: ${value}`);
    project.write("Pulumi.dev.yaml", ["config:", ...lines, ""].join("\n"));
    const outputs = isUp ? { kubeconfig, grafanaUrl: "http://g", dashboardUrl: "http://g/d" } : {};
    const folder = join(project.folder, ".latency-lab", "state", ".pulumi", "stacks", "latency-lab");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "dev.json"), "{}");
    writeFileSync(join(project.folder, "outputs.json"), JSON.stringify(outputs));
    const pulumi = `#!/bin/sh\ncat ${project.folder}/outputs.json\n`;
    writeFileSync(join(project.folder, "bin", "pulumi"), pulumi, { mode: 0o755 });
    return project.command(["status"], { PATH: `${join(project.folder, "bin")}:${process.env.PATH}` });
  }

  for (const isUp of [false, true]) {
    const when = isUp ? "after" : "before";
    it(`says why there are no pods, ${when} the first \`up\` has finished`, async () => {
      const answers = { [server]: { metadata: namespace }, [workloads]: { items: [refused] } };
      const { code, stdout, stderr } = await status(isUp, answers);
      assert.equal(code, 1, stderr);
      assert.match(stdout, /latency-lab\/deployment delayed-server: FailedCreate: exceeded quota: q/);
      assert.match(stdout, isUp ? /http:\/\/g\/d/ : /no URLs yet/);
    });

    it(`tells an expired login from a missing right, ${when} the first \`up\` has finished`, async () => {
      const expired = await status(isUp, {}, 401);
      assert.equal(expired.code, 3, expired.stdout + expired.stderr);
      assert.match(expired.stderr, /the login of the user "lab" has expired or is refused \(401\)/);
      assert.match(expired.stderr, /fix: log in to the cluster again/);
      const denied = await status(isUp, {}, 403);
      assert.equal(denied.code, 3);
      assert.match(denied.stderr, /\(403\): the user "lab" lacks a right/);
    });
  }
});
