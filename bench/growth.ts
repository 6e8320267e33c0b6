// How the figures grow with the number of scraped pods: a full Prometheus, and an agent with a store,
// scrape the same simulated pods.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  alertingRules,
  type DashboardOptions,
  dashboards,
  defaultOptions,
  recordingRules,
} from "../dashboards/index.ts";
import { monitoringValues } from "../stack/monitoring/values.ts";
import { valueOptions } from "../test/chart-values.ts";
import { type DashboardModel, fillIn, inParallel } from "../test/dashboards.ts";
import { notInstalled, onPath } from "../test/environment.ts";
import { podLabels } from "../test/monitoring.ts";
import { freePorts, Programs } from "../test/programs.ts";
import { sendRequests } from "../test/requests.ts";
import { type Measurement, mebibytes, type Row } from "./measure.ts";

const sizes = [50, 200, 1000, 5000] as const;
const scrapeInterval = 15;
/** Seconds to scrape the pods before anything is measured. */
const settleSeconds = 100;

/** The programs whose memory and CPU are measured. */
const measured = ["prometheus", "agent", "store"] as const;
type Name = (typeof measured)[number];

/** What a program reports of itself. */
type Report = Readonly<Record<string, number>>;

interface Figures {
  readonly series: number;
  readonly samplesPerSecond: number;
  /** Samples per second that the store has accepted. Fewer than scraped: the agent falls behind. */
  readonly sentPerSecond: number;
  readonly memory: Readonly<Record<Name, number>>;
  /** Cores. */
  readonly cpu: Readonly<Record<Name, number>>;
  /** Bytes that the agent sends. */
  readonly bytesPerDay: number;
  /** Milliseconds for the open panels of each dashboard, in their order; NaN if Prometheus refuses a query. */
  readonly milliseconds: readonly number[];
}

export const growth: Measurement = {
  name: "growth",
  title: `Growth: with ${sizes.map((size) => size.toLocaleString("en")).join(", ")} simulated pods`,
  missing: async () => [notInstalled("prometheus")].filter((one) => one !== false),
  measure: async () => {
    const programs = new Programs();
    try {
      const urls = await start(programs);
      const models = (await dashboards(options)).map(({ json }) => JSON.parse(json) as DashboardModel);
      const seen: Figures[] = [];
      for (const size of sizes) {
        writeTargets(programs, urls, size);
        await sleep(settleSeconds * 1000);
        seen.push(await look(urls, models));
      }
      return rows(
        seen,
        models.map(({ title }) => title),
      );
    } finally {
      await programs.stop();
    }
  },
};

const options: DashboardOptions = {
  ...defaultOptions(),
  scrapeInterval,
  manyPods: true,
  stack: { namespace: podLabels.namespace, instance: podLabels.app_kubernetes_io_instance },
};

type Urls = Readonly<Record<Name | "pods", string>>;

/** Starts the programs as the release would, with VictoriaMetrics as the store if it is installed. */
async function start(programs: Programs): Promise<Urls> {
  const ports = await freePorts("server", "pods", ...measured);
  const url = (name: keyof typeof ports) => `http://127.0.0.1:${ports[name]}`;
  const written = (name: string, content: unknown) => {
    writeFileSync(programs.file(name), typeof content === "string" ? content : JSON.stringify(content));
    return programs.file(name);
  };
  const node = ["--disable-warning=ExperimentalWarning"];
  const main = join(import.meta.dirname, "..", "service", "src", "main.ts");
  programs.start("server", process.execPath, [...node, main], {
    HOST: "127.0.0.1",
    PORT: String(ports.server),
  });
  await programs.ready("server", `${url("server")}/readyz`);
  await sendRequests(url("server"), { count: 300, atATime: 100 });
  await sendRequests(`${url("server")}/delay/1ms`, { count: 20, atATime: 1 });
  const metrics = written("metrics.txt", await (await fetch(`${url("server")}/metrics`)).text());
  await programs.stopOne("server");
  programs.start("pods", process.execPath, [
    ...node,
    join(import.meta.dirname, "simulated-pods.ts"),
    String(ports.pods),
    metrics,
  ]);

  const { prometheus } = monitoringValues({
    ...valueOptions("chart"),
    scrapeInterval,
    dashboards: options,
    remoteWriteUrl: `${url("store")}/api/v1/write`,
    queryUrl: url("store"),
    // biome-ignore lint/suspicious/noExplicitAny: the chart's values have no types of their own
  }) as any;
  written("recording_rules.json", recordingRules(options));
  written("alerting_rules.json", alertingRules(options));
  const { global, remoteWrite } = prometheus.server;
  const scrape_configs = [
    { job_name: "kubernetes-pods", file_sd_configs: [{ files: ["targets.json"], refresh_interval: "1s" }] },
  ];
  const rule_files = ["*_rules.json"];
  written("targets.json", []);
  const program = onPath("prometheus") ?? "";
  const listen = (name: Name) => `--web.listen-address=127.0.0.1:${ports[name]}`;
  programs.start("prometheus", program, [
    `--config.file=${written("prometheus.json", { global, rule_files, scrape_configs })}`,
    `--storage.tsdb.path=${programs.file("prometheus")}`,
    listen("prometheus"),
  ]);
  mkdirSync(programs.file("agent"));
  const here = (flag: string) =>
    flag.replace("/etc/config/", `${programs.folder}/`).replace("=/data", `=${programs.file("agent")}`);
  written("prometheus.yml", { global, remote_write: remoteWrite, scrape_configs });
  const environment = prometheus.server.env.map(({ name, value }: Record<string, string>) => [name, value]);
  programs.start(
    "agent",
    program,
    [...prometheus.server.defaultFlagsOverride.map(here), listen("agent")],
    Object.fromEntries(environment),
  );
  const victoriaMetrics = onPath("victoria-metrics");
  if (victoriaMetrics === undefined) {
    programs.start("store", program, [
      `--config.file=${written("store.json", { global, rule_files })}`,
      `--storage.tsdb.path=${programs.file("store")}`,
      "--web.enable-remote-write-receiver",
      listen("store"),
    ]);
  } else {
    programs.start("store", victoriaMetrics, [
      `-storageDataPath=${programs.file("store")}`,
      `-httpListenAddr=127.0.0.1:${ports.store}`,
    ]);
  }
  await Promise.all(measured.map((name) => programs.ready(name, `${url(name)}/metrics`)));
  return { pods: url("pods"), prometheus: url("prometheus"), agent: url("agent"), store: url("store") };
}

function writeTargets(programs: Programs, { pods }: Urls, size: number): void {
  const targets = Array.from({ length: size }, (_, pod) => ({
    targets: [new URL(pods).host],
    labels: {
      ...podLabels,
      __metrics_path__: `/${pod}`,
      instance: `10.${pod >> 16}.${(pod >> 8) & 255}.${pod & 255}:19004`,
      pod: `delayed-server-${pod}`,
    },
  }));
  writeFileSync(programs.file("targets.json"), JSON.stringify(targets));
}

async function look(urls: Urls, models: readonly DashboardModel[]): Promise<Figures> {
  const seconds = 2 * scrapeInterval;
  const before = await reports(urls);
  await sleep(seconds * 1000);
  const after = await reports(urls);
  const rate = (name: Name, metric: string) =>
    ((after[name][metric] ?? Number.NaN) - (before[name][metric] ?? Number.NaN)) / seconds;
  const each = (figure: (name: Name) => number) => ({
    prometheus: figure("prometheus"),
    agent: figure("agent"),
    store: figure("store"),
  });
  const milliseconds: number[] = [];
  // One after the other, as a person opens them.
  for (const model of models) milliseconds.push(await opened(urls.prometheus, model));
  return {
    series: after.prometheus.prometheus_tsdb_head_series ?? Number.NaN,
    samplesPerSecond: rate("agent", "prometheus_agent_samples_appended_total"),
    sentPerSecond: rate("agent", "prometheus_remote_storage_samples_total"),
    memory: each((name) => after[name].process_resident_memory_bytes ?? Number.NaN),
    cpu: each((name) => rate(name, "process_cpu_seconds_total")),
    bytesPerDay: rate("agent", "prometheus_remote_storage_bytes_total") * 86_400,
    milliseconds,
  };
}

async function reports(urls: Urls): Promise<Readonly<Record<Name, Report>>> {
  const [prometheus, agent, store] = await Promise.all(
    measured.map(async (name) => report(await (await fetch(`${urls[name]}/metrics`)).text())),
  );
  return { prometheus, agent, store } as Record<Name, Report>;
}

/** The sum of the series of each metric. */
function report(metrics: string): Report {
  const sums: Record<string, number> = {};
  for (const [, name = "", value] of metrics.matchAll(/^(\w+)(?:{.*})? (\S+)$/gm))
    sums[name] = (sums[name] ?? 0) + Number(value);
  return sums;
}

/** Milliseconds after which a query counts as refused. */
const longestQuery = 30_000;

/** Seconds that a dashboard shows at first. */
const shownSeconds = 900;

/** Milliseconds for the queries of the open panels, six at a time as a browser sends them. */
async function opened(prometheusUrl: string, model: DashboardModel): Promise<number> {
  const targets = model.panels
    .flatMap(({ targets = [] }) => targets)
    .filter(({ datasource }) => datasource.type === "prometheus");
  const end = Date.now() / 1000;
  const began = performance.now();
  const ask = async ({ expr, instant }: (typeof targets)[number]) => {
    const query = fillIn(expr, model)
      .replaceAll("$__rate_interval", `${4 * scrapeInterval}s`)
      .replaceAll("$__interval", `${scrapeInterval}s`)
      .replaceAll("$__range", `${shownSeconds}s`);
    const range = { start: String(end - shownSeconds), end: String(end), step: String(scrapeInterval) };
    const path = instant ? "query" : "query_range";
    const body = new URLSearchParams({ query, ...(instant ? { time: String(end) } : range) });
    const signal = AbortSignal.timeout(longestQuery);
    const answer = await fetch(`${prometheusUrl}/api/v1/${path}`, { method: "POST", body, signal });
    await answer.text();
    return answer.ok;
  };
  const answered = await inParallel(6, targets, (target) => ask(target).catch(() => false));
  return answered.every(Boolean) ? performance.now() - began : Number.NaN;
}

function rows(seen: readonly Figures[], titles: readonly string[]): Row[] {
  const row = (figure: string, show: (figures: Figures) => string, wanted?: string): Row => ({
    figure,
    ours: seen.map(show).join(" → "),
    ...(wanted === undefined ? {} : { wanted }),
  });
  const ratio = ({ memory }: Figures) => memory.agent / memory.prometheus;
  return [
    row("series", ({ series }) => series.toLocaleString("en")),
    row("samples per second, scraped", ({ samplesPerSecond }) => samplesPerSecond.toFixed(0)),
    row("samples per second, accepted by the store", ({ sentPerSecond }) => sentPerSecond.toFixed(0)),
    ...measured.flatMap((name) => [
      row(`memory of ${title[name]}`, ({ memory }) => mebibytes(memory[name])),
      row(`CPU of ${title[name]}, cores`, ({ cpu }) => cpu[name].toFixed(2)),
    ]),
    row("memory of the agent ÷ the full Prometheus", (one) => ratio(one).toFixed(2), "≤ 0.4 at 1,000"),
    row("sent to the store per day", ({ bytesPerDay }) => `${(bytesPerDay / 2 ** 30).toFixed(2)} GiB`),
    ...titles.map((dashboard, index) =>
      row(
        `open panels of ${dashboard} together`,
        ({ milliseconds }) => {
          const value = milliseconds[index] ?? Number.NaN;
          return Number.isNaN(value) ? "refused" : `${value.toFixed(0)} ms`;
        },
        "≤ 500 ms at 1,000",
      ),
    ),
  ];
}

const title: Readonly<Record<Name, string>> = {
  prometheus: "the full Prometheus",
  agent: "the agent",
  store: "the store",
};
