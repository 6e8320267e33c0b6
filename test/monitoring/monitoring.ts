import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  alertingRules,
  type DashboardOptions,
  defaultOptions,
  recordingRules,
} from "../../dashboards/index.ts";
import { onPath } from "../tools.ts";
import {
  lokiConfiguration,
  podLabels,
  prometheusConfiguration,
  promtailConfiguration,
} from "./configurations.ts";
import { freePorts, Programs } from "./programs.ts";

/** The programs that these tests need. */
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
  const ports = await freePorts(
    "server",
    "outside",
    "load",
    "prometheus",
    "loki",
    "promtail",
    "promtailGrpc",
    "lokiGrpc",
  );
  const url = (name: keyof typeof ports) => `http://127.0.0.1:${ports[name]}`;
  const written = (name: string, content: unknown) => {
    // JSON is valid YAML.
    writeFileSync(programs.file(name), JSON.stringify(content));
    return programs.file(name);
  };

  const main = join(import.meta.dirname, "..", "..", "service", "src", "main.ts");
  for (const name of ["server", "outside"] as const) {
    const env = { ...serverSettings, HOST: "127.0.0.1", PORT: String(ports[name]) };
    programs.start(name, process.execPath, ["--disable-warning=ExperimentalWarning", main], env);
  }
  programs.start("load", process.execPath, ["--disable-warning=ExperimentalWarning", main, "load"], {
    LOAD_TARGET: url("outside"),
    LOAD_PORT: String(ports.load),
  });
  written("recording_rules.json", recordingRules(options));
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
  try {
    await Promise.all([
      programs.ready("server", `${url("server")}/readyz`),
      programs.ready("outside", `${url("outside")}/readyz`),
      programs.ready("load", `${url("load")}/readyz`),
      programs.ready("prometheus", `${url("prometheus")}/-/ready`),
      programs.ready("loki", `${url("loki")}/ready`),
      programs.ready("promtail", `${url("promtail")}/ready`),
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
