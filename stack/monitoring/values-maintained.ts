// Where the maintained charts' values differ from those of loki-stack.
import type { MonitoringOptions } from "./options.ts";
import { collectorLogin, storesAnnotation, storeVolumes, trustedAuthorities } from "./stores.ts";
import {
  collectorMounts,
  collectorVolumes,
  lokiAnnotations,
  lokiAt,
  lokiProbes,
  noWait,
  podLogs,
} from "./values-loki.ts";
import { restrictedContainer, restrictedPod } from "./values-pods.ts";

/** The labels of log lines. Promtail's names, so that the same queries find them. */
const logLabels = {
  namespace: 'attributes["k8s.namespace.name"]',
  pod: 'attributes["k8s.pod.name"]',
  container: 'attributes["k8s.container.name"]',
  node_name: 'attributes["k8s.node.name"]',
} as const;

/** The pod labels from which Promtail, and so the collector, takes the label `app`; the last one wins. */
const appLabels = ["app", "app.kubernetes.io/name"];

/** Loki 3 as a single process with its data in one folder. */
export function maintainedLokiValues(options: MonitoringOptions): Record<string, unknown> {
  const { persistence, storageClass, lokiUrl } = options;
  const off = { enabled: false };
  const ring = { kvstore: { store: "inmemory" }, instance_addr: "127.0.0.1" };
  return {
    enabled: lokiUrl === undefined,
    deploymentMode: "Monolithic",
    loki: {
      ...lokiProbes,
      auth_enabled: false,
      podSecurityContext: restrictedPod,
      containerSecurityContext: restrictedContainer,
      // No cluster to join.
      memberlistConfig: { bind_port: 7946 },
      commonConfig: { replication_factor: 1, ring },
      storage: { type: "filesystem" },
      schemaConfig: {
        configs: [
          {
            from: "2024-04-01",
            store: "tsdb",
            object_store: "filesystem",
            schema: "v13",
            index: { prefix: "index_", period: "24h" },
          },
        ],
      },
      ingester: { lifecycler: noWait },
      limits_config: {
        otlp_config: {
          resource_attributes: {
            ignore_defaults: true,
            attributes_config: [{ action: "index_label", attributes: [...Object.keys(logLabels), "app"] }],
          },
        },
      },
      analytics: { reporting_enabled: false },
    },
    singleBinary: {
      replicas: 1,
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

/** The OpenTelemetry Collector, which reads the nodes' files and sends lines to Loki, as Promtail does. */
export function collectorValues(options: MonitoringOptions): Record<string, unknown> {
  const off = { enabled: false };
  const unused = ["otlp", "otlp-http", "jaeger-compact", "jaeger-thrift", "jaeger-grpc", "zipkin"];
  const run = "/var/lib/otelcol";
  const { headers, env } = collectorLogin(options);
  const stores = storeVolumes(options);
  // Retry until Loki is back (0 is unlimited): dropped lines would never be read again.
  const retry = { enabled: true, initial_interval: "500ms", max_interval: "10s", max_elapsed_time: "0s" };
  return {
    enabled: options.nodeAccess,
    mode: "daemonset",
    // Otherwise lines that are read are in memory for a moment, and a kill loses them.
    command: { extraArgs: ["--feature-gates=stanza.synchronousLogEmitter"] },
    podAnnotations: {
      "prometheus.io/scrape": "true",
      "prometheus.io/port": "8888",
      ...storesAnnotation(options),
    },
    extraEnvs: [...env, ...trustedAuthorities(options)],
    // The nodes' files belong to root.
    securityContext: { ...restrictedContainer, readOnlyRootFilesystem: true, runAsUser: 0, runAsGroup: 0 },
    // The chart's preset keeps what was read in a host folder; see Promtail's.
    extraVolumes: [...collectorVolumes(options.dockerRuntime ?? false), ...stores.volumes],
    extraVolumeMounts: [...collectorMounts(run, options.dockerRuntime), ...stores.mounts],
    presets: { kubernetesAttributes: { enabled: true } },
    readinessProbe: { initialDelaySeconds: 1, periodSeconds: 2, failureThreshold: 60 },
    ports: Object.fromEntries(unused.map((name) => [name, off])),
    config: {
      receivers: {
        jaeger: null,
        otlp: null,
        prometheus: null,
        zipkin: null,
        file_log: {
          // The kubelet can rename a file before its last lines are read.
          include: [`${podLogs}/*/*/*.log`, `${podLogs}/*/*/*.log.????????-??????`],
          // Its own lines about a Loki that is down would be read again.
          exclude: [`${podLogs}/*/opentelemetry-collector/*`],
          start_at: "beginning",
          include_file_path: true,
          storage: "file_storage",
          retry_on_failure: retry,
          operators: [{ type: "container", id: "container-parser" }],
        },
      },
      processors: {
        batch: null,
        k8s_attributes: {
          wait_for_metadata: true,
          extract: {
            metadata: ["k8s.namespace.name", "k8s.pod.name", "k8s.node.name"],
            labels: appLabels.map((key) => ({ tag_name: "app", key, from: "pod" })),
          },
        },
        transform: {
          log_statements: [
            {
              context: "resource",
              statements: [
                ...Object.entries(logLabels).map(([name, from]) => `set(attributes["${name}"], ${from})`),
                `keep_keys(attributes, ${JSON.stringify([...Object.keys(logLabels), "app"])})`,
              ],
            },
          ],
        },
      },
      exporters: {
        debug: null,
        otlp_http: {
          endpoint: `${lokiAt(options)}/otlp`,
          headers,
          retry_on_failure: retry,
          // On disk: a line that was read and not yet sent survives a restart of the container.
          sending_queue: {
            storage: "file_storage",
            sizer: "items",
            queue_size: 10000,
            block_on_overflow: true,
            batch: { flush_timeout: "500ms", min_size: 1000, max_size: 5000 },
          },
        },
      },
      extensions: { file_storage: { directory: run } },
      service: {
        extensions: ["health_check", "file_storage"],
        pipelines: {
          logs: {
            receivers: ["file_log"],
            processors: ["memory_limiter", "k8s_attributes", "transform"],
            exporters: ["otlp_http"],
          },
          metrics: null,
          traces: null,
        },
      },
    },
  };
}
