// The smallest configurations with which Prometheus, Loki and Promtail work as in the stack.

interface Ports {
  server: number;
  outside: number;
  load: number;
  prometheus: number;
  loki: number;
  promtail: number;
  promtailGrpc: number;
  lokiGrpc: number;
}

/** The labels of a pod's series in the stack. */
export const podLabels = {
  namespace: "latency-lab",
  pod: "delayed-server-0",
  app_kubernetes_io_name: "delayed-server",
  app_kubernetes_io_instance: "latency-lab",
};

const target = (port: number, labels: Record<string, string> = {}) => ({
  targets: [`127.0.0.1:${port}`],
  labels,
});

export function prometheusConfiguration(ports: Ports, scrapeInterval: number) {
  return {
    global: {
      scrape_interval: `${scrapeInterval}s`,
      scrape_timeout: `${scrapeInterval}s`,
      evaluation_interval: `${scrapeInterval}s`,
    },
    rule_files: ["recording_rules.json", "alerting_rules.json"],
    scrape_configs: [
      { job_name: "prometheus", static_configs: [target(ports.prometheus)] },
      {
        job_name: "kubernetes-pods",
        static_configs: [
          target(ports.server, podLabels),
          target(ports.load, { ...podLabels, app_kubernetes_io_name: "load", pod: "load-0" }),
          target(ports.loki, { namespace: "latency-lab-monitoring", pod: "loki-0" }),
          target(ports.promtail, { namespace: "latency-lab-monitoring", pod: "promtail-0" }),
        ],
      },
      { job_name: "httpserver-metrics", static_configs: [target(ports.outside)] },
    ],
  };
}

export function lokiConfiguration(ports: Ports, folder: string) {
  return {
    auth_enabled: false,
    server: {
      http_listen_address: "127.0.0.1",
      http_listen_port: ports.loki,
      grpc_listen_address: "127.0.0.1",
      grpc_listen_port: ports.lokiGrpc,
      log_level: "warn",
    },
    common: {
      path_prefix: folder,
      replication_factor: 1,
      ring: { kvstore: { store: "inmemory" }, instance_addr: "127.0.0.1" },
      storage: {
        filesystem: { chunks_directory: `${folder}/chunks`, rules_directory: `${folder}/rules` },
      },
    },
    frontend: { address: "127.0.0.1" },
    ingester: { lifecycler: { min_ready_duration: "0s", final_sleep: "0s" } },
    limits_config: { ingestion_rate_mb: 64, ingestion_burst_size_mb: 64, per_stream_rate_limit: "64MB" },
    schema_config: {
      configs: [
        {
          from: "2024-01-01",
          store: "tsdb",
          object_store: "filesystem",
          schema: "v12",
          index: { prefix: "index_", period: "24h" },
        },
      ],
    },
    analytics: { reporting_enabled: false },
  };
}

export function promtailConfiguration(ports: Ports, folder: string, log: string) {
  return {
    server: {
      http_listen_address: "127.0.0.1",
      http_listen_port: ports.promtail,
      grpc_listen_address: "127.0.0.1",
      grpc_listen_port: ports.promtailGrpc,
      log_level: "warn",
    },
    clients: [{ url: `http://127.0.0.1:${ports.loki}/loki/api/v1/push`, batchwait: "200ms" }],
    positions: { filename: `${folder}/positions.yaml`, sync_period: "1s" },
    scrape_configs: [
      {
        job_name: "kubernetes-pods",
        static_configs: [
          {
            targets: ["localhost"],
            labels: {
              app: "delayed-server",
              instance: podLabels.app_kubernetes_io_instance,
              namespace: podLabels.namespace,
              pod: podLabels.pod,
              container: "delayed-server",
              __path__: log,
            },
          },
        ],
      },
    ],
  };
}
