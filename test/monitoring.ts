// A Prometheus, Loki and Promtail on this machine, with the smallest configurations that work as in the stack.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { alertingRules, type DashboardOptions, defaultOptions, recordingRules } from "../dashboards/index.ts";
import { onPath } from "./environment.ts";
import { freePorts, Programs } from "./programs.ts";

/** The programs that a test on it needs. */
export const needed = ["prometheus", "loki", "promtail"] as const;

/**
 * Real servers, a real Prometheus that scrapes them, and a real Promtail that sends their log to a real
 * Loki.
 */
export interface Monitoring {
  readonly prometheusUrl: string;
  readonly lokiUrl: string;
  /** The server that plays the role of a pod. */
  readonly serverUrl: string;
  /** The server that plays the role of one outside the cluster. */
  readonly outsideUrl: string;
  readonly options: DashboardOptions;
  /** The log file of the pod's server. */
  readonly serverLog: string;
  stop(): Promise<void>;
}

const scrapeInterval = 1;

export async function startMonitoring(serverSettings: Record<string, string>): Promise<Monitoring> {
  const { namespace, app_kubernetes_io_instance: instance } = podLabels;
  const defaults = defaultOptions();
  const options: DashboardOptions = {
    ...defaults,
    // The shortest possible period, so that the error budget is known within seconds.
    objectives: { ...defaults.objectives, errorBudgetPeriod: 3_600_000 },
    scrapeInterval,
    stack: { namespace, instance },
    outside: true,
  };
  const programs = new Programs();
  const ports = await freePorts(...listening);
  const url = (name: keyof typeof ports) => `http://127.0.0.1:${ports[name]}`;
  const written = (name: string, content: unknown) => {
    // JSON is valid YAML.
    writeFileSync(programs.file(name), JSON.stringify(content));
    return programs.file(name);
  };

  const main = join(import.meta.dirname, "..", "service", "src", "main.ts");
  for (const name of ["server", "outside"] as const) {
    const env = { ...serverSettings, HOST: "127.0.0.1", PORT: String(ports[name]) };
    programs.start(name, process.execPath, ["--disable-warning=ExperimentalWarning", main], env);
  }
  programs.start("load", process.execPath, ["--disable-warning=ExperimentalWarning", main, "load"], {
    LOAD_TARGET: url("outside"),
    LOAD_PORT: String(ports.load),
  });
  // Those of many pods are recorded too; panels read them only with that option.
  written("recording_rules.json", recordingRules({ ...options, manyPods: true }));
  written("alerting_rules.json", alertingRules(options));
  programs.start("prometheus", path("prometheus"), [
    `--config.file=${written("prometheus.json", prometheusConfiguration(ports, scrapeInterval))}`,
    `--storage.tsdb.path=${programs.file("prometheus")}`,
    `--web.listen-address=127.0.0.1:${ports.prometheus}`,
    "--enable-feature=exemplar-storage",
  ]);
  programs.start("loki", path("loki"), [
    `-config.file=${written("loki.json", lokiConfiguration(ports, programs.file("loki")))}`,
  ]);
  programs.start("promtail", path("promtail"), [
    `-config.file=${written("promtail.json", promtailConfiguration(ports, programs.folder, programs.file("server.log")))}`,
  ]);
  const answers = (name: keyof typeof ports, path: string) => programs.ready(name, `${url(name)}${path}`);
  try {
    await Promise.all([
      ...servers.map((name) => answers(name, "/readyz")),
      answers("prometheus", "/-/ready"),
      answers("loki", "/ready"),
      answers("promtail", "/ready"),
    ]);
  } catch (error) {
    await programs.stop();
    throw error;
  }
  return {
    prometheusUrl: url("prometheus"),
    lokiUrl: url("loki"),
    serverUrl: url("server"),
    outsideUrl: url("outside"),
    options,
    serverLog: programs.file("server.log"),
    stop: () => programs.stop(),
  };
}

function path(name: (typeof needed)[number]): string {
  const found = onPath(name);
  if (found === undefined) throw new Error(`${name} is not on the PATH`);
  return found;
}

const servers = ["server", "outside", "load"] as const;
const listening = [...servers, ...needed, "promtailGrpc", "lokiGrpc"] as const;
type Ports = Readonly<Record<(typeof listening)[number], number>>;

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

function prometheusConfiguration(ports: Ports, scrapeInterval: number) {
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
          // One of the pods whose exemplars are shown if there are many.
          target(ports.server, { ...podLabels, instance: "10.0.0.10:19004" }),
          target(ports.load, { ...podLabels, app_kubernetes_io_name: "load", pod: "load-0" }),
          target(ports.loki, { namespace: "latency-lab-monitoring", pod: "loki-0" }),
          target(ports.promtail, { namespace: "latency-lab-monitoring", pod: "promtail-0" }),
        ],
      },
      { job_name: "httpserver-metrics", static_configs: [target(ports.outside)] },
    ],
  };
}

export function lokiConfiguration(ports: Pick<Ports, "loki" | "lokiGrpc">, folder: string) {
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

function promtailConfiguration(ports: Ports, folder: string, log: string) {
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
