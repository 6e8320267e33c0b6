// The values of Loki: that of loki-stack, and Loki 3.

import { earlyReadiness, restrictedContainer, restrictedPod } from "../server/pod.ts";
import type { MonitoringOptions } from "./options.ts";
import { logLabels } from "./values-collector.ts";

const probes = {
  readinessProbe: earlyReadiness,
  livenessProbe: { initialDelaySeconds: 60, periodSeconds: 10, failureThreshold: 6 },
} as const;

/** The chart's annotation has the port's name, which Prometheus' job can't use. */
const lokiAnnotations = { "prometheus.io/scrape": "true", "prometheus.io/port": "3100" } as const;

/** A single Loki needs no ring and no 15 s wait for other members. */
const noWait = { min_ready_duration: "0s", final_sleep: "0s" } as const;

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
    ...probes,
    config: {
      ingester: {
        lifecycler: { ...noWait, ring: { kvstore: { store: "inmemory" }, replication_factor: 1 } },
      },
      analytics: { reporting_enabled: false },
    },
    rbac: { pspEnabled: false },
  };
}

/** Loki 3 as a single process with its data in one folder. */
export function maintainedLokiValues(options: MonitoringOptions): Record<string, unknown> {
  const { persistence, storageClass, lokiUrl } = options;
  const off = { enabled: false };
  const ring = { kvstore: { store: "inmemory" }, instance_addr: "127.0.0.1" };
  return {
    enabled: lokiUrl === undefined,
    deploymentMode: "Monolithic",
    loki: {
      ...probes,
      auth_enabled: false,
      // No cluster to join.
      memberlistConfig: { bind_port: 7946 },
      commonConfig: { replication_factor: 1, ring },
      storage: { type: "filesystem" },
      // TSDB and schema v13, in files.
      useTestSchema: true,
      ingester: { lifecycler: noWait },
      limits_config: {
        otlp_config: {
          resource_attributes: {
            ignore_defaults: true,
            attributes_config: [{ action: "index_label", attributes: logLabels }],
          },
        },
      },
      analytics: { reporting_enabled: false },
    },
    singleBinary: {
      podAnnotations: lokiAnnotations,
      persistence: {
        enabled: persistence,
        ...(storageClass ? { storageClass } : {}),
        // Otherwise the claim outlives the release.
        enableStatefulSetAutoDeletePVC: true,
      },
      terminationGracePeriodSeconds: 10,
    },
    // Loki does not use the Kubernetes API.
    defaults: { automountServiceAccountToken: false },
    rbac: { namespaced: true },
    read: { replicas: 0 },
    write: { replicas: 0 },
    backend: { replicas: 0 },
    gateway: off,
    chunksCache: off,
    resultsCache: off,
    lokiCanary: off,
    test: off,
    sidecar: { rules: off },
  };
}
