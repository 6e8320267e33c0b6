import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "yaml";
import {
  chartDefaults,
  everyPodSetting,
  unknownKeys,
  valueOptions,
  wrongTags,
} from "../../test/chart-values.ts";
import { mirrored } from "../images.ts";
import type { MonitoringOptions } from "./options.ts";
import { monitoringValues } from "./values.ts";
import { images } from "./versions.ts";

const options = valueOptions("chart");

// biome-ignore lint/suspicious/noExplicitAny: the chart's values have no types of their own
const values = (changes: Partial<MonitoringOptions> = {}): any =>
  monitoringValues({ ...options, ...changes });

describe("the values of the release", () => {
  it("enable Loki, Promtail, Prometheus and Grafana", () => {
    for (const part of ["loki", "promtail", "prometheus", "grafana"]) {
      assert.equal(values()[part].enabled, true, part);
    }
  });

  it("never let a scrape take longer than the interval, which Prometheus refuses", () => {
    for (const scrapeInterval of [1, 5, 10, 15, 60]) {
      const { global } = values({ scrapeInterval }).prometheus.server;
      assert.equal(global.scrape_interval, `${scrapeInterval}s`);
      assert.ok(Number.parseInt(global.scrape_timeout, 10) <= scrapeInterval);
    }
  });

  it("keep configuration reload and enable exemplars", () => {
    const { extraFlags } = values().prometheus.server;
    assert.ok(extraFlags.includes("web.enable-lifecycle"));
    assert.ok(extraFlags.includes("enable-feature=exemplar-storage"));
  });

  it("use a Loki that Grafana 10 accepts and the chart can configure", () => {
    assert.match(values().loki.image.tag, /^2\.9\.\d+$/);
  });

  it("disable the datasources' sidecar, and set each datasource's uid", () => {
    const { grafana } = values();
    assert.equal(grafana.sidecar.datasources.enabled, false);
    const uids = grafana.datasources["datasources.yaml"].datasources.map((one: { uid: string }) => one.uid);
    assert.ok(uids.includes("prometheus") && uids.includes("loki"));
  });

  it("let Grafana show a changed dashboard within seconds", () => {
    assert.ok(values().grafana.sidecar.dashboards.provider.updateIntervalSeconds <= 3);
  });

  it("point Promtail and the datasources to the services of a release of any name", () => {
    const { promtail, grafana } = values({ release: "loki-test" });
    assert.match(promtail.config.clients[0].url, /^http:\/\/loki-test:3100\//);
    const urls = grafana.datasources["datasources.yaml"].datasources.map((one: { url: string }) => one.url);
    for (const url of urls) assert.match(url, /^http:\/\/loki-test[-:]/);
  });

  it("use the user's Loki instead of the release's", () => {
    const { loki, promtail, grafana } = values({ lokiUrl: "http://loki-gateway.logs/" });
    assert.equal(loki.enabled, false);
    assert.equal(promtail.config.clients[0].url, "http://loki-gateway.logs/loki/api/v1/push");
    const { datasources } = grafana.datasources["datasources.yaml"];
    const [source] = datasources.filter((one: { uid: string }) => one.uid === "loki");
    assert.equal(source.url, "http://loki-gateway.logs");
  });

  it("limit every pod's grace period to 30 s", () => {
    const { loki, prometheus } = values();
    assert.ok(loki.terminationGracePeriodSeconds <= 30);
    assert.ok(prometheus.server.terminationGracePeriodSeconds <= 30);
  });

  it("set the Secret's password in a Grafana on a volume before each start, without exposing it", () => {
    assert.deepEqual(values().grafana.extraInitContainers, []);
    const [container] = values({ persistence: true, imageMirror: "m:5000" }).grafana.extraInitContainers;
    assert.match(container.image, /^m:5000\/grafana\/grafana:/);
    assert.deepEqual(container.env[0].valueFrom.secretKeyRef, {
      name: "grafana-admin",
      key: "admin-password",
    });
    // As an argument, it would be visible to every process of the node.
    assert.match(container.command[2], /printf %s "\$PASSWORD" \| .* --password-from-stdin$/);
  });

  it("make Promtail retry forever while Loki is down", () => {
    assert.equal(values().promtail.config.clients[0].backoff_config.max_retries, 0);
  });

  it("use the chart's tag for every image but Loki's", { skip: chartDefaults("chart").missing }, () => {
    assert.deepEqual(wrongTags("chart", ["loki.image"]), []);
  });

  it("use volumes only with persistence", () => {
    const parts = ({ loki, grafana, prometheus }: ReturnType<typeof values>) => [
      loki.persistence.enabled,
      grafana.persistence.enabled,
      prometheus.server.persistentVolume.enabled,
      prometheus.alertmanager.persistence.enabled,
    ];
    assert.deepEqual(parts(values()), [false, false, false, false]);
    assert.deepEqual(parts(values({ persistence: true })), [true, true, true, true]);
  });

  it("scrape servers outside the cluster in a separate job, only if there are any", () => {
    assert.equal(values().prometheus.extraScrapeConfigs, "");
    const jobs = parse(values({ scrapeTargets: ["192.0.2.1:19004"] }).prometheus.extraScrapeConfigs);
    assert.deepEqual(jobs, [
      { job_name: "httpserver-metrics", static_configs: [{ targets: ["192.0.2.1:19004"] }] },
    ]);
  });

  it("leave no files of Promtail on the node, and use no ports of the host", () => {
    const { promtail, prometheus } = values();
    const [positions] = promtail.defaultVolumes;
    assert.deepEqual(positions, { name: "run", emptyDir: {} });
    assert.equal(prometheus["prometheus-node-exporter"].hostNetwork, false);
  });

  it("omit optional components with preset laptop", () => {
    const enabled = (preset: "full" | "laptop") => {
      const { prometheus } = values({ preset });
      const parts = [
        "alertmanager",
        "prometheus-node-exporter",
        "prometheus-pushgateway",
        "kube-state-metrics",
      ];
      return parts.map((part) => prometheus[part].enabled);
    };
    assert.deepEqual(enabled("full"), [true, true, true, true]);
    assert.deepEqual(enabled("laptop"), [false, false, false, true]);
  });

  it("pull every image from the mirror if there is one", () => {
    const named = (value: unknown): string[] => {
      if (typeof value !== "object" || value === null) return [];
      return Object.entries(value).flatMap(([key, one]) =>
        key === "image" && typeof one === "object" && "repository" in one
          ? [[one.registry, one.repository].filter(Boolean).join("/")]
          : named(one),
      );
    };
    const all = named(values({ imageMirror: "mirror.example:5000/hub" }));
    assert.equal(all.length, images.chart.length);
    for (const image of all) assert.match(image, /^mirror\.example:5000\/hub\/[^/]+\/[^/]+$/);
    for (const image of named(values())) assert.doesNotMatch(image, /mirror/);
  });

  it("require the password", () => {
    const ini = values().grafana["grafana.ini"];
    assert.equal(ini["auth.anonymous"].enabled, false);
    assert.equal(ini.users.allow_sign_up, false);
    assert.equal(values().grafana.adminPassword, undefined);
    assert.equal(values().grafana.admin.existingSecret, "grafana-admin");
  });
});

/** The path of each part's values. */
const pods: Readonly<Record<string, string>> = {
  prometheus: "prometheus.server",
  alertmanager: "prometheus.alertmanager",
  pushgateway: "prometheus.prometheus-pushgateway",
  "kube-state-metrics": "prometheus.kube-state-metrics",
  "node-exporter": "prometheus.prometheus-node-exporter",
  loki: "loki",
  promtail: "promtail",
  grafana: "grafana",
};

describe("every pod of the release", () => {
  const podValues = (changes: Partial<MonitoringOptions> = {}) => {
    const all = values(changes);
    return Object.entries(pods).map(([part, path]) => {
      // biome-ignore lint/suspicious/noExplicitAny: the chart's values have no types of their own
      const map = path.split(".").reduce((map: any, key) => map[key], all);
      return { part, map };
    });
  };

  it("runs on Linux nodes only", () => {
    for (const { part, map } of podValues()) {
      assert.deepEqual(map.nodeSelector, { "kubernetes.io/os": "linux" }, part);
    }
  });

  it("has the labels and annotations of the settings, and keeps its own", () => {
    for (const { part, map } of podValues(everyPodSetting)) {
      assert.equal((map.customLabels ?? map.podLabels).team, "payments", part);
      assert.equal(map.podAnnotations["linkerd.io/inject"], "disabled", part);
    }
    const clash = { annotations: { "prometheus.io/port": "1" } };
    assert.equal(values(clash).loki.podAnnotations["prometheus.io/port"], "3100");
  });

  it("tolerates the taints of the settings, and those of the control plane if it reads nodes", () => {
    for (const { part, map } of podValues(everyPodSetting)) {
      assert.deepEqual(map.tolerations.at(-1), everyPodSetting.tolerations[0], part);
    }
    assert.equal(values(everyPodSetting).promtail.tolerations.length, 3);
    // Virtual nodes, and nodes dedicated to others, have taints too.
    const { tolerations } = values().prometheus["prometheus-node-exporter"];
    assert.ok(tolerations.every(({ key }: { key: string }) => key.startsWith("node-role.kubernetes.io/")));
    assert.equal(values().loki.tolerations, undefined);
  });

  it("has the resources of the settings in each of its containers", () => {
    for (const { part, map } of podValues(everyPodSetting)) {
      assert.deepEqual(map.resources.requests, { cpu: "1m", memory: "1Mi" }, part);
    }
    const { grafana, prometheus } = values(everyPodSetting);
    assert.equal(grafana.sidecar.resources.requests.cpu, "1m");
    assert.equal(grafana.initChownData.resources.requests.cpu, "1m");
    assert.equal(prometheus.configmapReload.prometheus.resources.requests.cpu, "1m");
  });

  it("is pulled with the Secret of the settings", () => {
    const { loki, grafana, promtail, prometheus } = values(everyPodSetting);
    assert.deepEqual(
      [loki, grafana].map(({ image }) => image.pullSecrets),
      [["registry"], ["registry"]],
    );
    const { alertmanager, "kube-state-metrics": metrics } = prometheus;
    const others = [promtail, prometheus, alertmanager, metrics];
    for (const exporter of ["prometheus-node-exporter", "prometheus-pushgateway"])
      others.push(prometheus[exporter]);
    for (const { imagePullSecrets } of others) assert.deepEqual(imagePullSecrets, [{ name: "registry" }]);
  });

  it("does not read nodes' files without nodeAccess", () => {
    const { promtail, prometheus, grafana } = values({ nodeAccess: false, persistence: true });
    assert.equal(promtail.enabled, false);
    assert.equal(prometheus["prometheus-node-exporter"].enabled, false);
    assert.equal(grafana.initChownData.enabled, false);
    assert.doesNotMatch(JSON.stringify({ ...values({ nodeAccess: false }), promtail: {} }), /hostPath/);
  });

  it("keeps its data on volumes of the configured StorageClass", () => {
    const { loki, grafana, prometheus } = values({ persistence: true, storageClass: "fast" });
    assert.equal(loki.persistence.storageClassName, "fast");
    assert.equal(grafana.persistence.storageClassName, "fast");
    assert.equal(prometheus.server.persistentVolume.storageClass, "fast");
    assert.equal(prometheus.alertmanager.persistence.storageClass, "fast");
  });

  it("mounts Docker's folder of logs only with Docker as the runtime", () => {
    const folders = (changes: Partial<MonitoringOptions>) => JSON.stringify(values(changes).promtail);
    assert.doesNotMatch(folders({}), /var.lib.docker/);
    assert.equal(folders({ dockerRuntime: true }).match(/var.lib.docker/g)?.length, 2);
  });
});

describe("a mirrored image", () => {
  it("keeps its path and loses its registry", () => {
    const at = (reference: string) => mirrored(reference, "m:5000");
    assert.equal(at("quay.io/prometheus/prometheus:v2"), "m:5000/prometheus/prometheus:v2");
    assert.equal(at("rancher/k3s:v1.33.5-k3s1"), "m:5000/rancher/k3s:v1.33.5-k3s1");
    assert.equal(at("node:24-slim"), "m:5000/library/node:24-slim");
    assert.equal(at("localhost/mine:1"), "m:5000/mine:1");
    assert.equal(mirrored("node:24-slim", undefined), "node:24-slim");
  });
});

describe("every key of the values", () => {
  const { defaults, missing } = chartDefaults("chart");
  it("exists in the chart, because Helm silently ignores unknown keys", { skip: missing }, () => {
    assert.deepEqual(
      unknownKeys(
        values({
          ...everyPodSetting,
          persistence: true,
          storageClass: "fast",
          scrapeTargets: ["a:1"],
          imageMirror: "m",
          remoteWriteUrl: "http://a",
          queryUrl: "http://a",
          lokiUrl: "http://b",
          lokiTenant: "c",
          storeFiles: ["metrics-password", "loki-password", "ca.crt"],
        }),
        defaults,
      ),
      [],
    );
  });
  it("would be reported if it were misspelt", { skip: missing }, () => {
    assert.deepEqual(unknownKeys({ prometheus: { enable: true } }, defaults), ["prometheus.enable"]);
  });
});
