// Runs commands in a copy of the project.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse } from "yaml";
import { dashboardUids, datasourceUids } from "../../dashboards/index.ts";
import { namespaceMetadata } from "../../stack/plan.ts";
import { Checkout } from "../../test/checkout.ts";
import { notInstalled } from "../../test/environment.ts";
import { apiWith, engine } from "../../test/fakes.ts";

const project = new Checkout().shareDependencies();
after(() => project.remove());

describe("npm run dashboards", () => {
  const folder = join(project.folder, "written");
  const text = (name: string) => readFileSync(join(folder, name), "utf8");
  before(async () => {
    const flags = ["--config", "alertTimeScale=1", "--prometheus-url", "http://mine:9090"];
    const { code, stderr } = await project.command(["dashboards", "--out", folder, ...flags]);
    assert.equal(code, 0, stderr);
  });

  it("writes every dashboard, the rules, the routing of alerts and the datasources", () => {
    assert.deepEqual(globSync("**/*.*", { cwd: folder }).sort(), [
      "alertmanager/alertmanager.yml",
      ...Object.values(dashboardUids)
        .map((uid) => `dashboards/${uid}.json`)
        .sort(),
      "provisioning/datasources.yaml",
      "rules/alerting_rules.yml",
      "rules/recording_rules.yml",
    ]);
  });

  it("with the given settings, for the user's Prometheus", () => {
    const { expr } = parse(text("rules/alerting_rules.yml")).groups[0].rules[0];
    assert.match(expr, /window="1h"/);
    const [prometheus] = parse(text("provisioning/datasources.yaml")).datasources;
    assert.equal(prometheus.url, "http://mine:9090");
    assert.equal(prometheus.uid, datasourceUids.prometheus);
  });

  it("for every delayed server of any stack", () => {
    assert.doesNotMatch(text("rules/recording_rules.yml"), /app_kubernetes_io_instance/);
    const model = JSON.parse(text("dashboards/delayed-server.json"));
    const namespace = model.templating.list.find(({ name }: { name: string }) => name === "namespace");
    assert.deepEqual(namespace.current.value, ["$__all"]);
  });
});

describe("npm run doctor", { skip: notInstalled("docker") }, () => {
  it("prints facts without secrets, and the problems that would stop `up`, and creates nothing", async () => {
    project.write("chart/Chart.yaml", "name: loki-stack\nversion: 2.10.3\n");
    const settings = ["lokiStackChart: chart", "registryPassword: { secure: v1:hidden }"];
    const lines = settings.map((one) => `  latency-lab:${one}`);
    project.write("Pulumi.sick.yaml", ["config:", ...lines, ""].join("\n"));
    const small = await engine(project.folder, { memory: 2 ** 30 });
    const { code, stdout, stderr } = await project.command(["doctor", "--json", "--stack", "sick"], {
      DOCKER_HOST: small.host,
      HTTPS_PROXY: "http://me:hunter2@proxy.example:3128",
      NO_PROXY: "127.0.0.1",
      PULUMI_ACCESS_TOKEN: "pul-hunter2",
      PULUMI_BACKEND_URL: "file:///srv/state",
    });
    assert.equal(code, 3, stderr);
    const { found, problems } = JSON.parse(stdout);
    assert.match(found.Node, /^v\d+\./);
    assert.match(found.proxies, /HTTPS_PROXY=http:\/\/…@proxy\.example:3128/);
    assert.match(found.backend, /^file:\/\/\/srv\/state, because PULUMI_BACKEND_URL is set/);
    assert.match(found.settings, /registryPassword=\(secret\)/);
    assert.ok(problems.some(({ what }: { what: string }) => /GiB of memory/.test(what)));
    assert.doesNotMatch(stdout, /hunter2|v1:hidden/);
    assert.deepEqual(project.stacks, []);
    assert.ok(small.asked.length > 0 && small.asked.every((one) => /^(GET|HEAD) /.test(one)));
  });
});

const skip = process.platform === "win32" ? "the stand-in for Pulumi is a shell script" : false;

describe("npm run status", { skip }, () => {
  const instance = "latency-lab";
  const labels = {
    name: instance,
    instance,
    podSecurity: "restricted",
    labels: {},
    annotations: {},
  } as const;
  const failed = { type: "ReplicaFailure", status: "True", reason: "FailedCreate" };
  const refused = {
    metadata: { name: "delayed-server", namespace: instance, uid: "d", generation: 1 },
    spec: { replicas: 2 },
    status: { observedGeneration: 1, conditions: [{ ...failed, message: "exceeded quota: q" }] },
  };

  /** `status` of a stack on this cluster, of which an `up` has finished or not. */
  async function status(isUp: boolean, ...api: Parameters<typeof apiWith>) {
    const { kubeconfig } = await apiWith(...api);
    project.write("kubeconfig", kubeconfig);
    const settings = { cluster: "existing", context: "lab", kubeconfig: "kubeconfig" };
    const lines = Object.entries(settings).map(([key, value]) => `  latency-lab:${key}: ${value}`);
    project.write("Pulumi.dev.yaml", ["config:", ...lines, ""].join("\n"));
    const outputs = isUp ? { kubeconfig, grafanaUrl: "http://g", dashboardUrl: "http://g/d" } : {};
    project.write(project.filesOf("dev").state, "{}");
    project.write("outputs.json", JSON.stringify(outputs));
    project.write("bin/pulumi", `#!/bin/sh\ncat ${project.folder}/outputs.json\n`);
    return project.command(["status"]);
  }

  for (const isUp of [false, true]) {
    const when = isUp ? "after" : "before";
    it(`says why there are no pods, ${when} the first \`up\` has finished`, async () => {
      const { code, stdout, stderr } = await status(isUp, {
        [`/api/v1/namespaces/${instance}`]: { metadata: namespaceMetadata(labels) },
        [`/apis/apps/v1/namespaces/${instance}/deployments`]: { items: [refused] },
      });
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
