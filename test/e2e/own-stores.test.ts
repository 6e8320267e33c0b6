// The user's own metric store and Loki: another Prometheus with a login, and a Loki with tenants.
// Three agents share the scraping.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { KubernetesObject } from "@kubernetes/client-node";
import { eventually } from "../../cli/clients/eventually.ts";
import { Grafana } from "../../cli/clients/grafana.ts";
import { query } from "../../cli/clients/prometheus.ts";
import { alertingRules, defaultOptions, recordingRules } from "../../dashboards/index.ts";
import { monitoringValues } from "../../stack/monitoring/values.ts";
import { valueOptions } from "../chart-values.ts";
import { ClusterUnderTest, nameOf } from "../cluster.ts";
import { checkDashboards } from "../dashboards.ts";
import { maintained, noExistingCluster } from "../environment.ts";
import { lokiConfiguration } from "../monitoring.ts";
import { figure, StackUnderTest, type UpResult } from "../stack.ts";

const namespace = "e2e-stores";
const charts = maintained();
const shards = 3;
const images = {
  prometheus: process.env.E2E_METRIC_STORE ?? "quay.io/prometheus/prometheus:v3.16.0",
  // The collector of the maintained versions needs Loki 3.
  loki: process.env.E2E_LOG_STORE ?? `docker.io/grafana/loki:${"missing" in charts ? "2.9.17" : "3.7.6"}`,
};
const password = "p$HOME{x";
const hash = "$2a$04$wlAdBAyACOUfwHH6bZ6i9uZNDTJMuuRAGxNzPHgnwub74V3tDvhHS";

/** A pod of a store, its configuration and its service. */
function storeObjects(
  name: keyof typeof images,
  port: number,
  files: Record<string, unknown>,
  args: string[],
): KubernetesObject[] {
  const metadata = { name, namespace };
  const labels = { store: name };
  const container = {
    name,
    image: images[name],
    args,
    volumeMounts: [
      { name: "config", mountPath: "/config" },
      { name: "data", mountPath: "/data" },
    ],
    readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
  };
  const template = {
    metadata: { labels },
    spec: {
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsUser: 10001, fsGroup: 10001 },
      containers: [container],
      volumes: [
        { name: "config", configMap: { name } },
        { name: "data", emptyDir: {} },
      ],
    },
  };
  // JSON is valid YAML.
  const data = Object.fromEntries(Object.entries(files).map(([file, it]) => [file, JSON.stringify(it)]));
  const spec = { selector: { matchLabels: labels }, template };
  const objects: object[] = [
    { apiVersion: "v1", kind: "ConfigMap", metadata, data },
    { apiVersion: "v1", kind: "Service", metadata, spec: { selector: labels, ports: [{ port }] } },
    { apiVersion: "apps/v1", kind: "Deployment", metadata, spec },
  ];
  return objects as KubernetesObject[];
}

const prometheusFiles = {
  "store.yml": { rule_files: ["*_rules.yml"] },
  "login.yml": { basic_auth_users: { lab: hash } },
  "recording_rules.yml": recordingRules(defaultOptions()),
  "alerting_rules.yml": alertingRules(defaultOptions()),
};
const prometheusFlags = [
  "--config.file=/config/store.yml",
  "--web.config.file=/config/login.yml",
  "--storage.tsdb.path=/data",
  "--web.enable-remote-write-receiver",
  "--enable-feature=exemplar-storage",
];

function lokiFile() {
  const { server, schema_config, ...usual } = lokiConfiguration({ loki: 3100, lokiGrpc: 9095 }, "/data");
  const configuration = { ...usual, schema_config, auth_enabled: true };
  const everywhere = { ...server, http_listen_address: "0.0.0.0" };
  if ("missing" in charts) return { ...configuration, server: everywhere };
  // biome-ignore lint/suspicious/noExplicitAny: the chart's values have no types of their own
  const { loki } = monitoringValues(valueOptions("maintained")) as any;
  const configs = schema_config.configs.map((one) => ({ ...one, schema: "v13" }));
  const limits_config = { ...usual.limits_config, ...loki.loki.limits_config };
  return { ...configuration, server: everywhere, schema_config: { configs }, limits_config };
}

describe("with the user's own stores", { skip: noExistingCluster() }, () => {
  let stack: StackUnderTest;
  let cluster: ClusterUnderTest;
  let lab: UpResult;
  let grafana: Grafana;
  /** The store's API, as the commands reach it. */
  let store: string;

  before(async () => {
    stack = new StackUnderTest("e2e-stores", "existing", { preset: "laptop" });
    cluster = new ClusterUnderTest(stack.settings);
    const objects = [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
      ...storeObjects("prometheus", 9090, prometheusFiles, prometheusFlags),
      ...storeObjects("loki", 3100, { "loki.yml": lokiFile() }, ["-config.file=/config/loki.yml"]),
    ];
    for (const object of objects) await cluster.objects.create(object);
    for (const name of ["prometheus", "loki"]) await cluster.settled(namespace, `store=${name}`, 1);
  });
  after(async () => {
    await cluster.core.deleteNamespace({ name: namespace });
    await stack.end();
  });

  it("`up` ends when a latency is in the store, and the stack has neither rules nor a Loki", async () => {
    const secret = `printf %s '${password}' | npm run --silent secret -- metricsPassword --stack ${stack.name}`;
    const set = await stack.checkout.run("sh", ["-c", secret]);
    assert.equal(set.code, 0, set.stderr);
    lab = await stack.up({
      remoteWriteUrl: `http://prometheus.${namespace}:9090/api/v1/write`,
      queryUrl: `http://prometheus.${namespace}:9090`,
      metricsUsername: "lab",
      scrapeShards: String(shards),
      lokiUrl: `http://loki.${namespace}:3100`,
      lokiTenant: "team-a",
    });
    assert.ok(lab.firstLatencySeconds !== undefined);
    figure("up from nothing, own stores, 3 agents", `${lab.seconds.toFixed(1)} s`, "≤ 60 s");
    assert.deepEqual(await cluster.pods(lab.outputs.namespaces.monitoring, "app=loki"), []);
    const login = await stack.password();
    grafana = new Grafana(String(lab.outputs.grafanaUrl), "admin", login);
    const proxy = `${lab.outputs.grafanaUrl}/api/datasources/proxy/uid/prometheus`;
    store = proxy.replace("://", `://admin:${login}@`);
  });

  const rest = () => {
    it("each target is scraped by exactly one agent, and the store has them all", async () => {
      const { monitoring } = lab.outputs.namespaces;
      const agents = await cluster.pods(monitoring, "app=prometheus,component=server");
      assert.equal(agents.length, shards);
      await eventually(async () => {
        const shares = await Promise.all(agents.map((pod) => targetsOf(monitoring, nameOf(pod))));
        const all = shares.flat();
        // Besides itself. The hashes of so few targets may leave one agent without any.
        const busy = shares.filter(({ length }) => length > 1);
        assert.ok(busy.length > 1, `shares of ${shares.map(({ length }) => length)}`);
        assert.equal(new Set(all).size, all.length);
        // Not those of agents that were replaced, which the store returns for five minutes.
        const up = await query(store, "up and time() - timestamp(up) < 15");
        assert.deepEqual(up.map(({ metric }) => `${metric.job} ${metric.instance}`).sort(), all.sort());
      });
    });

    it("passes every check of `npm run verify`", async () => {
      const { checks } = await stack.json<{ checks: { name: string; applies: boolean; ok: boolean }[] }>(
        "verify",
      );
      assert.deepEqual(
        checks.filter(({ applies, ok }) => !applies || !ok),
        [],
      );
    });

    it("has no empty panel", async () => {
      await eventually(async () => {
        const wrong = (await checkDashboards(grafana)).flatMap((one) => one.wrong);
        assert.deepEqual(wrong, []);
      });
    });
  };

  describe("on the versions of loki-stack", rest);

  describe("on the maintained versions", { skip: "missing" in charts && charts.missing }, () => {
    before(async () => {
      lab = await stack.up("settings" in charts ? charts.settings : {});
    });
    rest();
  });

  /** The targets of one agent, as its page lists them. */
  async function targetsOf(monitoring: string, name: string): Promise<string[]> {
    const path = "api/v1/targets";
    const where = { namespace: monitoring, name: `${name}:9090`, path };
    // The client says that it is a text, but parses JSON.
    const answer: unknown = await cluster.core.connectGetNamespacedPodProxyWithPath(where);
    const { data } = answer as { data: { activeTargets: { labels: { job: string; instance: string } }[] } };
    return data.activeTargets.map(({ labels }) => `${labels.job} ${labels.instance}`);
  }
});
