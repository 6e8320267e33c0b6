// Every version that the setting `versions` installs: the images, the end of their support, and the charts.
import { join } from "node:path";
import type { Collector } from "../../dashboards/index.ts";
import { settingPath } from "../plan.ts";
import type { Settings } from "../settings/schema.ts";

/** The values of the setting `versions`. */
export type Versions = "chart" | "maintained";

/**
 * Where the values name an image, its reference, and the year, month or day in which its support ended,
 * or will end. Where a project announces no end, it supports its newest minor version only, so support
 * ended when the next one was released.
 */
type Table = Readonly<Record<string, readonly [reference: string, supportedUntil?: string]>>;

const tables: Readonly<Record<Versions, Table>> = {
  chart: {
    // 2.6.1 of the chart fails Grafana 10's health check; 3.x refuses the chart's configuration.
    "loki.image": ["docker.io/grafana/loki:2.9.17", "2025-11"],
    "promtail.image": ["docker.io/grafana/promtail:3.5.1", "2026-03-02"],
    "grafana.image": ["docker.io/grafana/grafana:10.3.3", "2024-10"],
    "grafana.sidecar.image": ["quay.io/kiwigrid/k8s-sidecar:1.19.2", "2022"],
    "grafana.initChownData.image": ["docker.io/library/busybox:1.31.1", "2020-06"],
    "prometheus.server.image": ["quay.io/prometheus/prometheus:v2.41.0", "2023-01"],
    "prometheus.configmapReload.prometheus.image": ["docker.io/jimmidyson/configmap-reload:v0.8.0", "2023"],
    "prometheus.alertmanager.image": ["quay.io/prometheus/alertmanager:v0.25.0", "2023-08"],
    "prometheus.kube-state-metrics.image": [
      "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.8.0",
      "2023-05",
    ],
    "prometheus.prometheus-node-exporter.image": ["quay.io/prometheus/node-exporter:v1.5.0", "2023-05"],
    "prometheus.prometheus-pushgateway.image": ["docker.io/prom/pushgateway:v1.5.1", "2023-05"],
  },
  maintained: {
    "loki.loki.image": ["docker.io/grafana/loki:3.7.6"],
    "opentelemetry-collector.image": ["docker.io/otel/opentelemetry-collector-k8s:0.160.0"],
    // Nine months after its release.
    "grafana.image": ["docker.io/grafana/grafana:13.2.0", "2027-05-18"],
    "grafana.sidecar.image": ["quay.io/kiwigrid/k8s-sidecar:2.10.1"],
    "grafana.initChownData.image": ["docker.io/library/busybox:1.38.0"],
    "prometheus.server.image": ["quay.io/prometheus/prometheus:v3.16.0"],
    "prometheus.configmapReload.prometheus.image": [
      "quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1",
    ],
    "prometheus.alertmanager.image": ["quay.io/prometheus/alertmanager:v0.34.0"],
    "prometheus.kube-state-metrics.image": ["registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0"],
    "prometheus.prometheus-node-exporter.image": ["quay.io/prometheus/node-exporter:v1.12.1"],
    "prometheus.prometheus-pushgateway.image": ["quay.io/prometheus/pushgateway:v1.11.3"],
  },
};

/** An image of a chart. */
interface ChartImage {
  /** Path of its map in the values. */
  readonly at: string;
  /** With its registry and tag. */
  readonly reference: string;
  readonly supportedUntil: string | undefined;
}

export const images: Readonly<Record<Versions, readonly ChartImage[]>> = {
  chart: rowsOf(tables.chart),
  maintained: rowsOf(tables.maintained),
};

function rowsOf(table: Table): ChartImage[] {
  return Object.entries(table).map(([at, [reference, supportedUntil]]) => ({
    at,
    reference,
    supportedUntil,
  }));
}

/** What else differs between the two. */
export interface Distribution {
  /** What reads the nodes' log files. */
  readonly collector: Collector;
  /** Path of Prometheus' page with graphs, and what each graph's parameters add. */
  readonly graphPage: string;
  readonly graphTab: string;
}

export const distributions: Readonly<Record<Versions, Distribution>> = {
  chart: { collector: "promtail", graphPage: "/graph", graphTab: "0" },
  maintained: { collector: "opentelemetry-collector", graphPage: "/query", graphTab: "graph" },
};

/** loki-stack's version. */
export const chartVersion = "2.10.3";

/** A chart that `maintained` installs. */
interface PinnedChart {
  readonly name: string;
  readonly version: string;
  /** Its repository on GitHub, whose releases have the .tgz. */
  readonly repository: string;
  /** The digest of the .tgz in the `index.yaml` of its repository, which every download must have. */
  readonly digest: string;
}

/** The successors of the charts in loki-stack, and of Promtail. */
export const maintainedCharts: readonly PinnedChart[] = [
  {
    name: "prometheus",
    version: "29.27.0",
    repository: "prometheus-community/helm-charts",
    digest: "sha256:1a4694c2f0a6a778d634c13e5434079fcfb3abacf33ae0f95814f84098602edd",
  },
  {
    name: "grafana",
    version: "12.11.1",
    repository: "grafana-community/helm-charts",
    digest: "sha256:5dddbb4efe49f502a50264592637f4d2b99db50a0a800abde2f8cba3f8da0a74",
  },
  {
    name: "loki",
    version: "18.11.0",
    repository: "grafana-community/helm-charts",
    digest: "sha256:d4d99424d197e1460878093c9fced02346669ab0698a0dca7c575ab76fff7aeb",
  },
  {
    name: "opentelemetry-collector",
    version: "0.170.0",
    repository: "open-telemetry/opentelemetry-helm-charts",
    digest: "sha256:ed140b332233075c7fd15eaebba571fdf100926f08c0a5a274c7b32895315137",
  },
];

/** Arguments of `helm.v3.Release`. */
export interface Chart {
  readonly chart: string;
  readonly version?: string;
  readonly repositoryOpts?: { readonly repo: string };
}

/** The chart's public repository. */
export const chartRepository = "https://grafana.github.io/helm-charts";

/**
 * The chart of the settings: loki-stack from the public repository, a URL, or a path relative to
 * the project's folder; with `versions=maintained`, the folder that the preflight checks fill.
 */
export function chartOf(
  { versions, lokiStackChart: setting }: Pick<Settings, "versions" | "lokiStackChart">,
  root: string,
): Chart {
  if (versions === "maintained") return { chart: join(root, ".latency-lab", "charts", "maintained") };
  if (setting === "loki-stack") {
    return { chart: "loki-stack", version: chartVersion, repositoryOpts: { repo: chartRepository } };
  }
  if (setting.startsWith("oci://")) return { chart: setting, version: chartVersion };
  return /^https?:\/\//.test(setting) ? { chart: setting } : { chart: settingPath(setting, root) };
}

/** The name in the Chart.yaml of the chart that installs `versions`. */
export function chartName(versions: Versions): string {
  return versions === "chart" ? "loki-stack" : "latency-lab-monitoring";
}
