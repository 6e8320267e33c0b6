// The options and the charts' default values that the tests of the release's values use.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { defaultOptions } from "../dashboards/index.ts";
import { readEach } from "../service/src/setting-kinds.ts";
import { mapAt } from "../stack/images.ts";
import type { MonitoringOptions } from "../stack/monitoring/options.ts";
import { images, maintainedCharts, type Versions } from "../stack/monitoring/versions.ts";
import { anyPods, type PodOptions } from "../stack/server/pod.ts";
import { monitoringSettings, storeSettings } from "../stack/settings/monitoring.ts";
import { parts } from "../stack/settings/patterns.ts";

/** Maps with keys of the user's choice. */
const open =
  /^(.*\.podAnnotations|.*\.(podLabels|customLabels|nodeSelector)\..*|.*[sS]ecurityContext\..*|.*\.alertmanager\.config\..*|.*\.config\.(ingester|analytics|limits_config|compactor)\b.*|grafana\.grafana\.ini\..*|grafana\.datasources\..*|grafana\.env(ValueFrom)?\..*|.*[pP]robe\..*|.*\.resources\..*|.*\.serverFiles\.[a-z_.]+ya?ml\..*|.*\.extraArgs\..*|loki\.loki\.(\w+Config|ingester|limits_config|analytics)\..*|opentelemetry-collector\.config\.\w+\..*)$/;

/** Keys that the chart's templates use but its values.yaml does not define. */
const commentedOut = [
  "grafana.image.pullSecrets",
  "grafana.persistence.storageClassName",
  "grafana.podAnnotations",
  "grafana.podLabels",
  "grafana.priorityClassName",
  "loki.image.pullSecrets",
  "loki.persistence.storageClassName",
  "loki.priorityClassName",
  "prometheus.alertmanager.persistence.storageClass",
  "prometheus.kube-state-metrics.priorityClassName",
  "prometheus.prometheus-node-exporter.priorityClassName",
  "prometheus.server.persistentVolume.storageClass",
  "grafana.service.nodePort",
  "grafana.sidecar.dashboards.provider.updateIntervalSeconds",
  "prometheus.server.service.nodePort",
];

export function unknownKeys(given: unknown, known: unknown, path = ""): string[] {
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
 * The default values of all charts, as one tree, read from the .tgz that E2E_CHART names, or from
 * those in the folder E2E_CHARTS. Under `appVersion`, each map has the chart's.
 */
export function chartDefaults(versions: Versions): { defaults: Values; missing: string | false } {
  const { E2E_CHART: chart = "", E2E_CHARTS: charts = "" } = process.env;
  const files =
    versions === "chart"
      ? [chart]
      : maintainedCharts.map(({ name, version }) => join(charts, `${name}-${version}.tgz`));
  const [absent] = files.filter((file) => !existsSync(file));
  if (absent !== undefined) {
    const variable = versions === "chart" ? "E2E_CHART" : "E2E_CHARTS";
    return { defaults: {}, missing: `${variable} does not give ${absent} to compare the values with` };
  }
  const folder = mkdtempSync(join(tmpdir(), "latency-lab-chart-"));
  try {
    for (const file of files) execFileSync("tar", ["-xzf", file, "-C", folder]);
    const all = Object.fromEntries(
      readdirSync(folder).map((name) => [name, { ...defaultsOf(join(folder, name)), enabled: true }]),
    );
    return { defaults: versions === "chart" ? (all["loki-stack"] as Values) : all, missing: false };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The images whose repository or tag is not the chart's, except those that are intentionally newer. */
export function wrongTags(versions: Versions, newer: readonly string[]): string[] {
  const { defaults } = chartDefaults(versions);
  return images[versions].flatMap(({ at, reference }) => {
    const [, repository = "", tag = ""] = /^(.*):(.*)$/.exec(reference) ?? [];
    const keys = at.split(".");
    const maps = keys.map((_, index) => mapAt(defaults, keys.slice(0, index + 1).join(".")));
    const image = maps.at(-1) as Record<string, string | null>;
    const known = [image.registry, image.repository].filter(Boolean).join("/");
    const version = maps.map((map) => map.appVersion).findLast((one) => one !== undefined);
    const own = [image.tag || version].map((one) => String(one).replace(/^v/, ""));
    const right = repository.endsWith(known) && (newer.includes(at) || own.includes(tag.replace(/^v/, "")));
    return right ? [] : [`${reference} is ${known}:${own}`];
  });
}

/** A chart's values, including those of its subcharts, and its appVersion. */
function defaultsOf(folder: string): Values {
  const { appVersion } = parse(readFileSync(join(folder, "Chart.yaml"), "utf8")) as Values;
  const own = { appVersion, ...(parse(readFileSync(join(folder, "values.yaml"), "utf8")) ?? {}) } as Values;
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

/** The options of a stack with default settings. */
export function valueOptions(versions: Versions): MonitoringOptions {
  const { values } = readEach({ ...monitoringSettings, ...storeSettings }, { versions });
  if (values === undefined) throw new Error("the defaults of the settings are not allowed by themselves");
  return {
    ...values,
    ...anyPods,
    nodeAccess: true,
    release: "loki",
    instance: "latency-lab",
    grafanaNodePort: 30300,
    prometheusNodePort: 30900,
    grafanaUrl: "http://127.0.0.1:30300",
    prometheusUrl: "http://127.0.0.1:30900",
    dashboards: defaultOptions(),
    passwordVersion: "1",
  };
}

/** A value for every setting of pods. */
export const everyPodSetting: PodOptions = {
  labels: { team: "payments" },
  annotations: { "linkerd.io/inject": "disabled" },
  tolerations: [{ key: "dedicated", operator: "Equal", value: "lab", effect: "NoSchedule" }],
  nodeSelector: { pool: "lab" },
  priorityClass: "low",
  imagePullSecret: "default/registry",
  resources: Object.fromEntries(parts.map((part) => [part, { requests: { cpu: "1m", memory: "1Mi" } }])),
};
