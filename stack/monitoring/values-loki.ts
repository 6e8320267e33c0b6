import type { MonitoringOptions } from "./options.ts";
import { promtailLogin, storeVolumes, trustedAuthorities } from "./stores.ts";
import { restrictedContainer, restrictedPod } from "./values-pods.ts";

const probe = { httpGet: { path: "/ready", port: "http-metrics" }, periodSeconds: 2 };

/** The chart's probes start after 45 s. */
export const lokiProbes = {
  readinessProbe: { ...probe, initialDelaySeconds: 1, failureThreshold: 60 },
  livenessProbe: { ...probe, initialDelaySeconds: 60, periodSeconds: 10, failureThreshold: 6 },
} as const;

/** The chart's annotation has the port's name, which Prometheus' job can't use. */
export const lokiAnnotations = { "prometheus.io/scrape": "true", "prometheus.io/port": "3100" } as const;

/** A single Loki needs no ring and no 15 s wait for other members. */
export const noWait = { min_ready_duration: "0s", final_sleep: "0s" } as const;

export function lokiValues({
  persistence,
  storageClass,
  lokiUrl,
}: MonitoringOptions): Record<string, unknown> {
  return {
    enabled: lokiUrl === undefined,
    isDefault: false,
    persistence: { enabled: persistence, ...(storageClass ? { storageClassName: storageClass } : {}) },
    securityContext: restrictedPod,
    containerSecurityContext: restrictedContainer,
    // Loki does not use the Kubernetes API.
    serviceAccount: { automountServiceAccountToken: false },
    podAnnotations: lokiAnnotations,
    // The chart's 4800 s would delay a destroy.
    terminationGracePeriodSeconds: 10,
    ...lokiProbes,
    config: {
      ingester: {
        lifecycler: { ...noWait, ring: { kvstore: { store: "inmemory" }, replication_factor: 1 } },
      },
      analytics: { reporting_enabled: false },
    },
    rbac: { pspEnabled: false },
  };
}

/** Loki's URL for the collector and Grafana, without a trailing slash. */
export function lokiAt({ lokiUrl, release }: Pick<MonitoringOptions, "lokiUrl" | "release">): string {
  return lokiUrl?.replace(/\/+$/, "") ?? `http://${release}:3100`;
}

/** The kubelet's folder of pod logs. */
export const podLogs = "/var/log/pods";

/** With Docker, pod logs are links into this folder. Nodes with a read-only root can't have it. */
const dockerLogs = "/var/lib/docker/containers";

/** The collector's volumes: what it has read, and the nodes' logs. */
export function collectorVolumes(dockerRuntime: boolean): object[] {
  return [
    { name: "run", emptyDir: {} },
    { name: "pods", hostPath: { path: podLogs } },
    ...(dockerRuntime ? [{ name: "containers", hostPath: { path: dockerLogs } }] : []),
  ];
}

/** Where they are mounted. */
export function collectorMounts(run: string, dockerRuntime = false): object[] {
  return [
    { name: "run", mountPath: run },
    { name: "pods", mountPath: podLogs, readOnly: true },
    ...(dockerRuntime ? [{ name: "containers", mountPath: dockerLogs, readOnly: true }] : []),
  ];
}

export function promtailValues(options: MonitoringOptions): Record<string, unknown> {
  return {
    enabled: options.nodeAccess,
    config: {
      clients: [
        {
          url: `${lokiAt(options)}/loki/api/v1/push`,
          // Retry until Loki is back (0 is unlimited): dropped lines would never be read again.
          batchwait: "500ms",
          backoff_config: { min_period: "500ms", max_period: "10s", max_retries: 0 },
          ...promtailLogin(options),
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
    // The chart keeps positions in a host folder, which two stacks would share and a destroy would
    // leave behind. With an emptyDir, a new pod reads the logs again: no line is lost, some are
    // duplicated.
    defaultVolumes: collectorVolumes(options.dockerRuntime ?? false),
    defaultVolumeMounts: collectorMounts("/run/promtail", options.dockerRuntime),
    extraVolumes: storeVolumes(options).volumes,
    extraVolumeMounts: storeVolumes(options).mounts,
    extraEnv: trustedAuthorities(options),
  };
}
