// The values for the user's own stores, and a real agent that sends to a real Prometheus as its store.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { eventually } from "../../cli/clients/eventually.ts";
import { ask, exemplars, query } from "../../cli/clients/prometheus.ts";
import { alertingRules, dashboards, recordingRules } from "../../dashboards/index.ts";
import { kept } from "../../dashboards/queries.ts";
import { valueOptions } from "../../test/chart-values.ts";
import { notInstalled, onPath } from "../../test/environment.ts";
import { freePorts, Programs } from "../../test/programs.ts";
import type { MonitoringOptions } from "./options.ts";
import { monitoringValues } from "./values.ts";

const usual = valueOptions("chart");
const options: MonitoringOptions = {
  ...usual,
  scrapeInterval: 1,
  dashboards: { ...usual.dashboards, scrapeInterval: 1 },
};
const stores = {
  remoteWriteUrl: "https://store.example/api/v1/write",
  queryUrl: "https://store.example/",
  metricsUsername: "lab",
  metricsHeaders: { "X-Scope-OrgID": "a" },
  lokiUrl: "https://loki.example",
  lokiTenant: "b",
  storeFiles: ["metrics-password", "loki-password"],
} as const satisfies Partial<MonitoringOptions>;

// biome-ignore lint/suspicious/noExplicitAny: the chart's values have no types of their own
const values = (changes: Partial<MonitoringOptions> = {}): any =>
  monitoringValues({ ...options, ...changes });
const datasource = (uid: string, changes: Partial<MonitoringOptions>) =>
  values(changes).grafana.datasources["datasources.yaml"].datasources.find(
    (one: { uid: string }) => one.uid === uid,
  );

const collector = (changes: Partial<MonitoringOptions>) =>
  values({ ...changes, versions: "maintained" })["opentelemetry-collector"];

describe("the user's own metric store", () => {
  it("makes Prometheus an agent, without rules and without an Alertmanager", () => {
    const { server, serverFiles, alertmanager } = values(stores).prometheus;
    assert.ok(server.defaultFlagsOverride.includes("--enable-feature=agent"));
    const maintained = values({ ...stores, versions: "maintained" }).prometheus.server;
    assert.equal(maintained.defaultFlagsOverride[0], "--agent");
    assert.deepEqual(serverFiles, { "prometheus.yml": { rule_files: [] } });
    assert.equal(alertmanager.enabled, false);
    assert.equal(datasource("alertmanager", stores), undefined);
  });

  it("is written and queried with its login and headers, and no value contains the password", () => {
    const [{ queue_config: queue, ...write }, ...others] = values(stores).prometheus.server.remoteWrite;
    assert.deepEqual(others, []);
    assert.deepEqual(values({}).prometheus.server.remoteWrite, []);
    // Changing the number of connections would drop what the old ones can't send in time.
    assert.equal(queue.min_shards, queue.max_shards);
    assert.deepEqual(write, {
      url: stores.remoteWriteUrl,
      send_exemplars: true,
      headers: { "X-Scope-OrgID": "a" },
      basic_auth: { username: "lab", password_file: "/etc/stores/metrics-password" },
    });
    const { url, basicAuthUser, jsonData, secureJsonData } = datasource("prometheus", stores);
    assert.equal(url, "https://store.example");
    assert.equal(basicAuthUser, "lab");
    assert.equal(jsonData.httpHeaderName1, "X-Scope-OrgID");
    assert.deepEqual(secureJsonData, { httpHeaderValue1: "a", basicAuthPassword: "$METRICS_PASSWORD" });
    assert.deepEqual(values(stores).grafana.envValueFrom.METRICS_PASSWORD.secretKeyRef, {
      name: "stores",
      key: "metrics-password",
    });
  });

  it("gets the password as a token if there is no user", () => {
    const token = { ...stores, metricsUsername: undefined, metricsHeaders: {} };
    const [write] = values(token).prometheus.server.remoteWrite;
    assert.deepEqual(write.authorization, { credentials_file: "/etc/stores/metrics-password" });
    const { jsonData, secureJsonData } = datasource("prometheus", token);
    assert.equal(jsonData.httpHeaderName1, "Authorization");
    assert.equal(secureJsonData.httpHeaderValue1, "Bearer $METRICS_PASSWORD");
  });

  it("only receives a copy as long as there is no queryUrl", () => {
    const { server, alertmanager } = values({ ...stores, queryUrl: undefined }).prometheus;
    assert.deepEqual(server.defaultFlagsOverride, []);
    assert.equal(server.remoteWrite.length, 1);
    assert.equal(alertmanager.enabled, true);
  });

  it("is trusted by authorities in addition to those of the images", () => {
    const files = { ...stores, storeFiles: ["ca.crt"] } as const;
    const { prometheus, promtail, grafana } = values(files);
    const variable = { name: "SSL_CERT_DIR", value: "/etc/stores" };
    assert.deepEqual(prometheus.server.env[0], variable);
    assert.deepEqual(promtail.extraEnv, [variable]);
    assert.deepEqual(collector(files).extraEnvs, [variable]);
    assert.deepEqual(grafana.env, { SSL_CERT_DIR: "/etc/stores" });
    assert.equal(grafana.extraSecretMounts.length, 1);
  });
});

describe("several agents", () => {
  const shares = { ...stores, scrapeShards: 3 } as const;

  it("are the pods of a StatefulSet, each with its own configuration", () => {
    const { server, extraManifests } = values(shares).prometheus;
    assert.equal(server.statefulSet.enabled, true);
    assert.equal(server.replicaCount, 3);
    assert.ok(server.defaultFlagsOverride.includes("--config.file=/etc/config/$(POD_NAME).yml"));
    const [{ metadata, data }] = extraManifests;
    // The maintained chart renders text.
    const [text] = values({ ...shares, versions: "maintained" }).prometheus.extraManifests;
    assert.deepEqual(parse(text), extraManifests[0]);
    assert.equal(metadata.name, `loki-${server.configMapOverrideName}`);
    const pods = [0, 1, 2].map((shard) => `loki-prometheus-server-${shard}`);
    assert.deepEqual(
      Object.keys(data),
      pods.map((pod) => `${pod}.yml`),
    );
    for (const [shard, pod] of pods.entries()) {
      assert.match(data[`${pod}.yml`], /"modulus" 3 /);
      assert.match(data[`${pod}.yml`], new RegExp(`"regex" "${shard}" "action" "keep"`));
    }
  });

  it("trust the authorities that one agent trusts", () => {
    const { env } = values({ ...shares, storeFiles: ["ca.crt"] }).prometheus.server;
    assert.deepEqual(
      env.map((one: { name: string }) => one.name),
      ["SSL_CERT_DIR", "GOGC", "POD_NAME"],
    );
  });
});

describe("the user's own Loki", () => {
  it("gets lines and queries with the tenant and the login", () => {
    const [client] = values(stores).promtail.config.clients;
    assert.equal(client.tenant_id, "b");
    assert.deepEqual(client.authorization, { credentials_file: "/etc/stores/loki-password" });
    const { jsonData, secureJsonData } = datasource("loki", stores);
    assert.deepEqual(
      [jsonData.httpHeaderName1, jsonData.httpHeaderName2],
      ["X-Scope-OrgID", "Authorization"],
    );
    assert.deepEqual(secureJsonData, { httpHeaderValue1: "b", httpHeaderValue2: "Bearer $LOKI_PASSWORD" });
  });

  it("gets the same from the OpenTelemetry Collector, which restarts with another login", () => {
    const { config, extraEnvs, podAnnotations } = collector({ ...stores, storesVersion: "1" });
    assert.deepEqual(config.exporters.otlp_http.headers, {
      "X-Scope-OrgID": "b",
      Authorization: `\${env:LOKI_AUTHORIZATION}`,
    });
    assert.deepEqual(extraEnvs[0].valueFrom.secretKeyRef, { name: "stores", key: "loki-authorization" });
    assert.equal(podAnnotations["latency-lab/stores-version"], "1");
  });
});

describe("without the user's own stores", () => {
  it("the values contain nothing about them", () => {
    for (const all of [values(), values({ versions: "maintained" })])
      assert.doesNotMatch(JSON.stringify(all), /stores|SSL_CERT_DIR|_PASSWORD|LOKI_AUTHORIZATION/);
    assert.equal(datasource("prometheus", {}).secureJsonData, undefined);
  });
});

describe("a real agent and a real store", { skip: notInstalled("prometheus"), timeout: 90_000 }, () => {
  const programs = new Programs();
  const password = "p$HOME{x";
  const hash = "$2a$04$wlAdBAyACOUfwHH6bZ6i9uZNDTJMuuRAGxNzPHgnwub74V3tDvhHS";
  let store: string;
  let port: Record<"server" | "agent" | "store", number>;
  const prometheus = onPath("prometheus") ?? "";
  const written = (name: string, content: unknown) => {
    // JSON is valid YAML.
    writeFileSync(programs.file(name), typeof content === "string" ? content : JSON.stringify(content));
    return programs.file(name);
  };
  const startStore = () =>
    programs.start("store", prometheus, [
      `--config.file=${programs.file("store.json")}`,
      `--web.config.file=${programs.file("login.json")}`,
      `--storage.tsdb.path=${programs.file("store")}`,
      `--web.listen-address=127.0.0.1:${port.store}`,
      "--web.enable-remote-write-receiver",
      "--enable-feature=exemplar-storage",
    ]);

  before(async () => {
    port = await freePorts("server", "agent", "store");
    store = `http://lab:${encodeURIComponent(password)}@127.0.0.1:${port.store}`;
    const { prometheus: chart } = values({
      remoteWriteUrl: `http://127.0.0.1:${port.store}/api/v1/write`,
      queryUrl: `http://127.0.0.1:${port.store}`,
      metricsUsername: "lab",
      storeFiles: ["metrics-password"],
    });
    written("login.json", { basic_auth_users: { lab: hash } });
    written("recording_rules.json", recordingRules(options.dashboards));
    written("alerting_rules.json", alertingRules(options.dashboards));
    written("store.json", { rule_files: ["*_rules.json"], storage: { exemplars: { max_exemplars: 1000 } } });
    const target = (port: number) => ({ targets: [`127.0.0.1:${port}`] });
    const configuration = {
      global: chart.server.global,
      ...chart.serverFiles["prometheus.yml"],
      remote_write: chart.server.remoteWrite,
      scrape_configs: [
        { job_name: "server", static_configs: [target(port.server)] },
        { job_name: "prometheus", static_configs: [target(port.agent)] },
      ],
    };
    written("metrics-password", password);
    const inPods: [string, string][] = [
      ["/etc/stores", programs.folder],
      ["/etc/config/prometheus.yml", programs.file("agent.json")],
      ["=/data", `=${programs.file("agent")}`],
    ];
    const here = (text: string) => inPods.reduce((all, [pod, local]) => all.replaceAll(pod, local), text);
    written("agent.json", here(JSON.stringify(configuration)));
    mkdirSync(programs.file("agent"));
    startStore();
    programs.start("agent", prometheus, [
      ...chart.server.defaultFlagsOverride.map(here),
      `--web.listen-address=127.0.0.1:${port.agent}`,
    ]);
    const main = `${import.meta.dirname}/../../service/src/main.ts`;
    programs.start("server", process.execPath, ["--disable-warning=ExperimentalWarning", main], {
      HOST: "127.0.0.1",
      PORT: String(port.server),
    });
    await Promise.all([
      programs.ready("server", `http://127.0.0.1:${port.server}/readyz`),
      programs.ready("agent", `http://127.0.0.1:${port.agent}/-/ready`),
    ]);
    for (let request = 0; request < 20; request++)
      await (await fetch(`http://127.0.0.1:${port.server}/delay/1ms`)).text();
  });
  after(() => programs.stop());

  it("answer every query of the panels about the agent", async () => {
    const ownStores = { metrics: true, logs: true };
    const models = await dashboards({ ...options.dashboards, ownStores });
    const metrics = models.flatMap(({ json }) => json.match(/prometheus_(agent|remote_storage)_\w+/g) ?? []);
    assert.equal(new Set(metrics).size, 9);
    await eventually(async () => {
      for (const name of metrics) assert.ok((await query(store, name)).length > 0, name);
    });
  });

  it("have the recorded series, the alerts and the exemplars", async () => {
    await eventually(async () => {
      assert.equal((await query(store, kept.requests.name)).length, 2);
      const { groups } = await ask<{ groups: unknown[] }>(store, "rules", { type: "alert" });
      assert.ok(groups.length > 0);
      const [exemplar] = await exemplars(store, "http_request_duration_seconds_bucket");
      assert.ok(exemplar?.labels.request_id);
    });
  });

  it("lose no sample during an outage of the store", async () => {
    await programs.stopOne("store");
    await sleep(6000);
    startStore();
    await eventually(async () => {
      const { result } = await ask<{ result: { values: [number, string][] }[] }>(store, "query", {
        query: 'up{job="server"}[12s]',
      });
      const times = result[0]?.values.map(([time]) => time) ?? [];
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      assert.ok(times.length >= 11, `${times.length} samples in 12 s`);
      assert.ok(Math.max(...gaps) < 1.5, `a gap of ${Math.max(...gaps)} s`);
      assert.ok(Date.now() / 1000 - (times.at(-1) ?? 0) < 3, "not caught up");
    });
  });

  it("refuse a login that is wrong", async () => {
    const wrong = store.replace("lab:", "other:");
    await assert.rejects(ask(wrong, "query", { query: "up" }), /401/);
  });
});
