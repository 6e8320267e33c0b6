import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { defaultOptions } from "../../dashboards/index.ts";
import { chartImages, mirrored } from "./images.ts";
import type { MonitoringOptions } from "./options.ts";
import { lokiStackValues } from "./values.ts";

const options: MonitoringOptions = {
  release: "loki",
  instance: "latency-lab",
  grafanaNodePort: 30300,
  prometheusNodePort: 30900,
  grafanaUrl: "http://127.0.0.1:30300",
  prometheusUrl: "http://127.0.0.1:30900",
  scrapeInterval: 5,
  scrapeTargets: [],
  dashboards: defaultOptions(),
  preset: "full",
  persistence: false,
  passwordVersion: "1",
};

// biome-ignore lint/suspicious/noExplicitAny: the chart's values have no types of their own
const values = (changes: Partial<MonitoringOptions> = {}): any => lokiStackValues({ ...options, ...changes });

describe("the values of the release", () => {
  it("ask Loki, Promtail, Prometheus and Grafana to be there", () => {
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

  it("keep configuration reload and switch exemplars on", () => {
    const { extraFlags } = values().prometheus.server;
    assert.ok(extraFlags.includes("web.enable-lifecycle"));
    assert.ok(extraFlags.includes("enable-feature=exemplar-storage"));
  });

  it("use a Loki that Grafana 10 accepts and the chart can configure", () => {
    assert.match(values().loki.image.tag, /^2\.9\.\d+$/);
  });

  it("switch the datasources' sidecar off, and name each datasource's uid", () => {
    const { grafana } = values();
    assert.equal(grafana.sidecar.datasources.enabled, false);
    const uids = grafana.datasources["datasources.yaml"].datasources.map((one: { uid: string }) => one.uid);
    assert.ok(uids.includes("prometheus") && uids.includes("loki"));
  });

  it("let Grafana show a changed dashboard within seconds", () => {
    assert.ok(values().grafana.sidecar.dashboards.provider.updateIntervalSeconds <= 3);
  });

  it("point Promtail and the datasources to the services of the release, whatever its name", () => {
    const { promtail, grafana } = values({ release: "loki-test" });
    assert.match(promtail.config.clients[0].url, /^http:\/\/loki-test:3100\//);
    const urls = grafana.datasources["datasources.yaml"].datasources.map((one: { url: string }) => one.url);
    for (const url of urls) assert.match(url, /^http:\/\/loki-test[-:]/);
  });

  it("send every sample and exemplar to a store of one's own when there is one", () => {
    assert.deepEqual(values().prometheus.server.remoteWrite, []);
    const remoteWriteUrl = "https://mimir.example.com/api/v1/push";
    assert.deepEqual(values({ remoteWriteUrl }).prometheus.server.remoteWrite, [
      { url: remoteWriteUrl, send_exemplars: true },
    ]);
  });

  it("use a Loki of one's own in place of the release's", () => {
    const { loki, promtail, grafana } = values({ lokiUrl: "http://loki-gateway.logs/" });
    assert.equal(loki.enabled, false);
    assert.equal(promtail.config.clients[0].url, "http://loki-gateway.logs/loki/api/v1/push");
    const { datasources } = grafana.datasources["datasources.yaml"];
    const [source] = datasources.filter((one: { uid: string }) => one.uid === "loki");
    assert.equal(source.url, "http://loki-gateway.logs");
  });

  it("let a destroy wait for no pod longer than half a minute", () => {
    const { loki, prometheus } = values();
    assert.ok(loki.terminationGracePeriodSeconds <= 30);
    assert.ok(prometheus.server.terminationGracePeriodSeconds <= 30);
  });

  it("give a Grafana on a volume the Secret's password before each start, and show it to nobody", () => {
    assert.deepEqual(values().grafana.extraInitContainers, []);
    const [container] = values({ persistence: true, imageMirror: "m:5000" }).grafana.extraInitContainers;
    assert.match(container.image, /^m:5000\/grafana\/grafana:/);
    assert.deepEqual(container.env[0].valueFrom.secretKeyRef, {
      name: "grafana-admin",
      key: "admin-password",
    });
    // In an argument every process of the node would see it.
    assert.match(container.command[2], /printf %s "\$PASSWORD" \| .* --password-from-stdin$/);
  });

  it("let Promtail give up no line, however long Loki is away", () => {
    assert.equal(values().promtail.config.clients[0].backoff_config.max_retries, 0);
  });

  it("name of every image the tag that the chart has", { skip: chartDefaults().missing }, () => {
    const { defaults } = chartDefaults();
    for (const { at, repository, tag } of chartImages) {
      // biome-ignore lint/suspicious/noExplicitAny: the chart's values have no types of their own
      const image = at.reduce((map: any, key) => map[key], defaults);
      const known = [image.registry, image.repository].filter(Boolean).join("/");
      assert.ok(repository.endsWith(known), `${repository} is ${known}`);
      // An empty tag is the chart's version of the application.
      if (image.tag && at[0] !== "loki") assert.equal(tag, image.tag, repository);
    }
  });

  it("ask for no volume unless data shall be kept", () => {
    const parts = ({ loki, grafana, prometheus }: ReturnType<typeof values>) => [
      loki.persistence.enabled,
      grafana.persistence.enabled,
      prometheus.server.persistentVolume.enabled,
      prometheus.alertmanager.persistence.enabled,
    ];
    assert.deepEqual(parts(values()), [false, false, false, false]);
    assert.deepEqual(parts(values({ persistence: true })), [true, true, true, true]);
  });

  it("scrape servers outside the cluster in a job of their own, only when there are any", () => {
    assert.equal(values().prometheus.extraScrapeConfigs, "");
    const jobs = parse(values({ scrapeTargets: ["192.0.2.1:19004"] }).prometheus.extraScrapeConfigs);
    assert.deepEqual(jobs, [
      { job_name: "httpserver-metrics", static_configs: [{ targets: ["192.0.2.1:19004"] }] },
    ]);
  });

  it("leave nothing of Promtail on the node, and nothing on the node's network to fight for", () => {
    const { promtail, prometheus } = values();
    const [positions] = promtail.defaultVolumes;
    assert.deepEqual(positions, { name: "run", emptyDir: {} });
    assert.equal(prometheus["prometheus-node-exporter"].hostNetwork, false);
  });

  it("leave out on a laptop what it can do without", () => {
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

  it("take every image from the mirror when there is one", () => {
    const images = (value: unknown): string[] => {
      if (typeof value !== "object" || value === null) return [];
      return Object.entries(value).flatMap(([key, one]) =>
        key === "image" && typeof one === "object" && "repository" in one
          ? [[one.registry, one.repository].filter(Boolean).join("/")]
          : images(one),
      );
    };
    const all = images(values({ imageMirror: "mirror.example:5000/hub" }));
    assert.equal(all.length, chartImages.length);
    for (const image of all) assert.match(image, /^mirror\.example:5000\/hub\/[^/]+\/[^/]+$/);
    assert.deepEqual(images(values()), []);
  });

  it("let nobody in without the password", () => {
    const ini = values().grafana["grafana.ini"];
    assert.equal(ini["auth.anonymous"].enabled, false);
    assert.equal(ini.users.allow_sign_up, false);
    assert.equal(values().grafana.adminPassword, undefined);
    assert.equal(values().grafana.admin.existingSecret, "grafana-admin");
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
  const { defaults, missing } = chartDefaults();
  it("is one that the chart knows, since Helm ignores others in silence", { skip: missing }, () => {
    assert.deepEqual(
      unknownKeys(
        values({
          persistence: true,
          scrapeTargets: ["a:1"],
          imageMirror: "m",
          remoteWriteUrl: "http://a",
          lokiUrl: "http://b",
        }),
        defaults,
      ),
      [],
    );
  });
  it("would be missed if it were misspelt", { skip: missing }, () => {
    assert.deepEqual(unknownKeys({ prometheus: { enable: true } }, defaults), ["prometheus.enable"]);
  });
});

/** Maps of the chart that are filled by the user, so that any key is known in them. */
const open =
  /^(.*\.podAnnotations|.*\.alertmanager\.config\..*|.*\.config\.(ingester|analytics|limits_config|compactor)\b.*|grafana\.grafana\.ini\..*|grafana\.datasources\..*|.*[pP]robe\..*|.*\.resources\..*|.*\.serverFiles\.[a-z_.]+ya?ml\..*|.*\.extraArgs\..*)$/;

/** Keys that the chart's templates read, and its values show in a comment only, or not at all. */
const commentedOut = [
  "grafana.service.nodePort",
  "grafana.sidecar.dashboards.provider.updateIntervalSeconds",
  "prometheus.server.service.nodePort",
];

function unknownKeys(given: unknown, known: unknown, path = ""): string[] {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return [];
  return Object.entries(given).flatMap(([key, value]) => {
    const here = path === "" ? key : `${path}.${key}`;
    if (open.test(`${here}.`) || open.test(here) || commentedOut.includes(here)) return [];
    const isMap = typeof known === "object" && known !== null && !Array.isArray(known);
    if (!isMap || !(key in known)) return [here];
    return unknownKeys(value, (known as Record<string, unknown>)[key], here);
  });
}

type Values = Record<string, unknown>;

/**
 * The default values of loki-stack and of the charts in it, as one tree, read
 * from the chart that E2E_CHART names (a .tgz, as `lokiStackChart` takes it).
 */
function chartDefaults(): { defaults: Values; missing: string | false } {
  const chart = process.env.E2E_CHART;
  if (chart === undefined || !existsSync(chart)) {
    return { defaults: {}, missing: "E2E_CHART names no chart to hold the values against" };
  }
  const folder = mkdtempSync(join(tmpdir(), "latency-lab-chart-"));
  try {
    execFileSync("tar", ["-xzf", chart, "-C", folder]);
    return { defaults: defaultsOf(join(folder, "loki-stack")), missing: false };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A chart's values, with each subchart's under its name and its own changes on top. */
function defaultsOf(folder: string): Values {
  const own = (parse(readFileSync(join(folder, "values.yaml"), "utf8")) ?? {}) as Values;
  const charts = join(folder, "charts");
  const subcharts = existsSync(charts) ? readdirSync(charts) : [];
  const below = Object.fromEntries(subcharts.map((name) => [name, defaultsOf(join(charts, name))]));
  return merged(below, own);
}

function merged(base: Values, changes: Values): Values {
  const isMap = (value: unknown): value is Values =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const result = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    const before = result[key];
    result[key] = isMap(before) && isMap(value) ? merged(before, value) : value;
  }
  return result;
}
