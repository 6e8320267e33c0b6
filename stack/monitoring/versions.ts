// Every version that the setting `versions` installs: the images, the end of their support, and the charts.
import type { ChartImage } from "./images.ts";

/** The values of the setting `versions`. */
export type Versions = "chart" | "maintained";

const bareSha = (digest: string) => ({ sha: digest.replace("sha256:", "") });
const fullSha = (digest: string) => ({ sha: digest });
const ownKey = (digest: string) => ({ digest });

/**
 * The images. Where a project announces no end of support, it supports its newest minor version
 * only, so support ended when the next one was released.
 */
export const images: Readonly<Record<Versions, readonly ChartImage[]>> = {
  chart: [
    // 2.6.1 of the chart fails Grafana 10's health check; 3.x refuses the chart's configuration.
    {
      at: ["loki", "image"],
      repository: "docker.io/grafana/loki",
      tag: "2.9.17",
      supportedUntil: "2025-11",
      tagInValues: true,
    },
    {
      at: ["promtail", "image"],
      repository: "docker.io/grafana/promtail",
      tag: "3.5.1",
      supportedUntil: "2026-03-02",
      registryKey: true,
    },
    {
      at: ["grafana", "image"],
      repository: "docker.io/grafana/grafana",
      tag: "10.3.3",
      supportedUntil: "2024-10",
      digest: bareSha,
    },
    {
      at: ["grafana", "sidecar", "image"],
      repository: "quay.io/kiwigrid/k8s-sidecar",
      tag: "1.19.2",
      supportedUntil: "2022",
      digest: bareSha,
    },
    {
      at: ["grafana", "initChownData", "image"],
      repository: "docker.io/library/busybox",
      tag: "1.31.1",
      supportedUntil: "2020-06",
      digest: bareSha,
    },
    {
      at: ["prometheus", "server", "image"],
      repository: "quay.io/prometheus/prometheus",
      tag: "v2.41.0",
      supportedUntil: "2023-01",
      digest: ownKey,
    },
    {
      at: ["prometheus", "configmapReload", "prometheus", "image"],
      repository: "docker.io/jimmidyson/configmap-reload",
      tag: "v0.8.0",
      supportedUntil: "2023",
      digest: ownKey,
    },
    {
      at: ["prometheus", "alertmanager", "image"],
      repository: "quay.io/prometheus/alertmanager",
      tag: "v0.25.0",
      supportedUntil: "2023-08",
    },
    {
      at: ["prometheus", "kube-state-metrics", "image"],
      repository: "registry.k8s.io/kube-state-metrics/kube-state-metrics",
      tag: "v2.8.0",
      supportedUntil: "2023-05",
      digest: bareSha,
    },
    {
      at: ["prometheus", "prometheus-node-exporter", "image"],
      repository: "quay.io/prometheus/node-exporter",
      tag: "v1.5.0",
      supportedUntil: "2023-05",
      digest: fullSha,
    },
    {
      at: ["prometheus", "prometheus-pushgateway", "image"],
      repository: "docker.io/prom/pushgateway",
      tag: "v1.5.1",
      supportedUntil: "2023-05",
    },
  ],
  maintained: [
    {
      at: ["loki", "loki", "image"],
      repository: "docker.io/grafana/loki",
      tag: "3.7.6",
      registryKey: true,
      digest: ownKey,
    },
    {
      at: ["opentelemetry-collector", "image"],
      repository: "docker.io/otel/opentelemetry-collector-k8s",
      tag: "0.160.0",
      tagInValues: true,
      digest: ownKey,
    },
    {
      at: ["grafana", "image"],
      repository: "docker.io/grafana/grafana",
      tag: "13.2.0",
      // Nine months after its release.
      supportedUntil: "2027-05-18",
      registryKey: true,
      digest: bareSha,
    },
    {
      at: ["grafana", "sidecar", "image"],
      repository: "quay.io/kiwigrid/k8s-sidecar",
      tag: "2.10.1",
      registryKey: true,
      digest: bareSha,
    },
    {
      at: ["grafana", "initChownData", "image"],
      repository: "docker.io/library/busybox",
      tag: "1.38.0",
      registryKey: true,
      digest: bareSha,
    },
    {
      at: ["prometheus", "server", "image"],
      repository: "quay.io/prometheus/prometheus",
      tag: "v3.16.0",
      tagInValues: true,
      digest: ownKey,
    },
    {
      at: ["prometheus", "configmapReload", "prometheus", "image"],
      repository: "quay.io/prometheus-operator/prometheus-config-reloader",
      tag: "v0.93.1",
      digest: ownKey,
    },
    {
      at: ["prometheus", "alertmanager", "image"],
      repository: "quay.io/prometheus/alertmanager",
      tag: "v0.34.0",
    },
    {
      at: ["prometheus", "kube-state-metrics", "image"],
      repository: "registry.k8s.io/kube-state-metrics/kube-state-metrics",
      tag: "v2.20.0",
      registryKey: true,
      digest: fullSha,
    },
    {
      at: ["prometheus", "prometheus-node-exporter", "image"],
      repository: "quay.io/prometheus/node-exporter",
      tag: "v1.12.1",
      registryKey: true,
      digest: ownKey,
    },
    {
      at: ["prometheus", "prometheus-pushgateway", "image"],
      repository: "quay.io/prometheus/pushgateway",
      tag: "v1.11.3",
    },
  ],
};

/** Grafana's image, which an init container runs too. */
export function grafanaImage(versions: Versions): ChartImage {
  return images[versions].find(({ at }) => at.join(".") === "grafana.image") as ChartImage;
}

/** loki-stack's version. */
export const chartVersion = "2.10.3";

/** A chart that `maintained` installs. */
interface PinnedChart {
  readonly name: string;
  readonly version: string;
  /** Its repository on GitHub, whose releases have the .tgz. */
  readonly repository: string;
  /**
   * The digest of the .tgz in the `index.yaml` of its repository, which every download must have.
   * @default only the list of `npm run pin` is checked
   */
  readonly digest?: string;
}

/** The successors of the charts in loki-stack, and of Promtail. */
export const maintainedCharts: readonly PinnedChart[] = [
  // The index.yaml could not be read when the other digests were entered.
  { name: "prometheus", version: "29.27.0", repository: "prometheus-community/helm-charts" },
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
