import { lokiVersion } from "./images.ts";
import type { MonitoringOptions } from "./options.ts";
import { restrictedContainer, restrictedPod } from "./values-pods.ts";

export function lokiValues({
  persistence,
  storageClass,
  lokiUrl,
}: MonitoringOptions): Record<string, unknown> {
  // The chart waits 45 s before it asks for the first time.
  const probe = { httpGet: { path: "/ready", port: "http-metrics" }, periodSeconds: 2 };
  return {
    enabled: lokiUrl === undefined,
    image: { tag: lokiVersion },
    isDefault: false,
    persistence: { enabled: persistence, ...(storageClass ? { storageClassName: storageClass } : {}) },
    securityContext: restrictedPod,
    containerSecurityContext: restrictedContainer,
    // It asks the cluster nothing.
    serviceAccount: { automountServiceAccountToken: false },
    // The chart's own annotation names the port by name, which Prometheus' job can't use.
    podAnnotations: { "prometheus.io/scrape": "true", "prometheus.io/port": "3100" },
    // 4800 s in the chart: a destroy would wait for it.
    terminationGracePeriodSeconds: 10,
    readinessProbe: { ...probe, initialDelaySeconds: 1, failureThreshold: 60 },
    livenessProbe: { ...probe, initialDelaySeconds: 60, periodSeconds: 10, failureThreshold: 6 },
    config: {
      ingester: {
        // One Loki: no ring to gossip about, and no 15 s of waiting for others to join it.
        lifecycler: {
          min_ready_duration: "0s",
          final_sleep: "0s",
          ring: { kvstore: { store: "inmemory" }, replication_factor: 1 },
        },
      },
      analytics: { reporting_enabled: false },
    },
    rbac: { pspEnabled: false },
  };
}

/** Where Promtail and Grafana find Loki, without a slash at its end. */
export function lokiAt({ lokiUrl, release }: Pick<MonitoringOptions, "lokiUrl" | "release">): string {
  return lokiUrl?.replace(/\/+$/, "") ?? `http://${release}:3100`;
}

/** Where the kubelet has the logs of pods. */
const podLogs = "/var/log/pods";

/** What those are links to when the runtime is Docker. Nodes with a read-only root can't have this folder. */
const dockerLogs = "/var/lib/docker/containers";

/** The volumes of a Promtail: positions of its own, and the nodes' logs. */
export function promtailVolumes(dockerRuntime: boolean): object[] {
  return [
    { name: "run", emptyDir: {} },
    { name: "pods", hostPath: { path: podLogs } },
    ...(dockerRuntime ? [{ name: "containers", hostPath: { path: dockerLogs } }] : []),
  ];
}

export function promtailValues(options: MonitoringOptions): Record<string, unknown> {
  return {
    enabled: options.nodeAccess,
    config: {
      clients: [
        {
          url: `${lokiAt(options)}/loki/api/v1/push`,
          // Sent every 0.5 s rather than 1 s, and tried until Loki is back (0 is for ever):
          // lines given up would never be read again.
          batchwait: "500ms",
          backoff_config: { min_period: "500ms", max_period: "10s", max_retries: 0 },
        },
      ],
    },
    podAnnotations: { "prometheus.io/scrape": "true", "prometheus.io/port": "3101" },
    readinessProbe: {
      httpGet: { path: "/ready", port: "http-metrics" },
      initialDelaySeconds: 1,
      periodSeconds: 2,
      failureThreshold: 60,
    },
    // The chart keeps positions in a folder of the node, which two stacks would share
    // and a destroy would leave behind. A pod that replaces another one reads a node's
    // logs again: no line is lost, and some may be there twice.
    defaultVolumes: promtailVolumes(options.dockerRuntime ?? false),
    defaultVolumeMounts: [
      { name: "run", mountPath: "/run/promtail" },
      { name: "pods", mountPath: podLogs, readOnly: true },
      ...(options.dockerRuntime ? [{ name: "containers", mountPath: dockerLogs, readOnly: true }] : []),
    ],
  };
}
