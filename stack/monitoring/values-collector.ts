// The values of what reads the nodes' log files: Promtail, or the OpenTelemetry Collector.

import { earlyReadiness, restrictedContainer } from "../server/pod.ts";
import type { MonitoringOptions } from "./options.ts";
import {
  collectorLogin,
  lokiAt,
  promtailLogin,
  storesAnnotation,
  storeVolumes,
  trustedAuthorities,
} from "./own-stores.ts";

/** The kubelet's folder of pod logs. */
const podLogs = "/var/log/pods";

/** With Docker, pod logs are links into this folder. Nodes with a read-only root can't create it. */
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
function collectorMounts(run: string, dockerRuntime = false): object[] {
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
    readinessProbe: earlyReadiness,
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

/** Where the labels of log lines come from. Their names are Promtail's, so that the same queries find them. */
const sources = {
  namespace: 'attributes["k8s.namespace.name"]',
  pod: 'attributes["k8s.pod.name"]',
  container: 'attributes["k8s.container.name"]',
  node_name: 'attributes["k8s.node.name"]',
} as const;

/** The pod labels from which Promtail, and so the collector, takes the label `app`; the last one wins. */
const appLabels = ["app", "app.kubernetes.io/name"];

export const logLabels = [...Object.keys(sources), "app"];

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
    // Otherwise a kill loses the lines that were just read, which are only in memory.
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
    readinessProbe: earlyReadiness,
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
                ...Object.entries(sources).map(([name, from]) => `set(attributes["${name}"], ${from})`),
                `keep_keys(attributes, ${JSON.stringify(logLabels)})`,
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
