// How the figures grow with the number of scraped pods.
import { setTimeout as sleep } from "node:timers/promises";
import { Grafana } from "../cli/clients/grafana.ts";
import { query } from "../cli/clients/prometheus.ts";
import { ClusterUnderTest } from "../test/cluster.ts";
import { type CheckedDashboard, checkDashboards } from "../test/dashboards.ts";
import type { UpResult } from "../test/stack.ts";
import { type Measurement, mebibytes, median, type Row, seconds, timed } from "./measure.ts";
import { programOf } from "./programs.ts";
import { needsCluster, newStack } from "./up-down.ts";

const replicas = [1, 10, 50] as const;

/** Seconds to collect data before dashboards are queried. */
const settleSeconds = 75;

/** The figures for one number of replicas. */
interface Figures {
  /** Seconds until the program's last resource is registered. */
  readonly program: number;
  /** Samples of one scrape of all servers, and their bytes. */
  readonly samples: number;
  readonly bytes: number;
  /** Series in Prometheus' memory, and the memory of its process in bytes. */
  readonly series: number;
  readonly memory: number;
  /** Milliseconds to load the open panels of each dashboard. */
  readonly dashboards: ReadonlyMap<string, number>;
}

export const growth: Measurement = {
  name: "growth",
  title: `Growth: with ${replicas.join(", ")} replicas`,
  missing: needsCluster,
  measure: async () => {
    const stack = newStack("bench", "existing");
    const lab = await stack.up();
    const cluster = new ClusterUnderTest(stack.settings);
    const password = await stack.password();
    const seen: Figures[] = [];
    for (const count of replicas) {
      await scale(cluster, lab, count);
      await sleep(settleSeconds * 1000);
      seen.push(await look(count, lab, password));
    }
    return rows(seen);
  },
};

/** Scales as the setting `replicas` does, but with smaller CPU requests: 50 pods fit on two cores. */
async function scale(cluster: ClusterUnderTest, { outputs }: UpResult, count: number): Promise<void> {
  const name = "delayed-server";
  const namespace = outputs.namespaces.server;
  const body = await cluster.apps.readNamespacedDeployment({ name, namespace });
  const container = body.spec?.template.spec?.containers[0];
  if (!body.spec || !container?.resources) throw new Error("the server's Deployment has no container");
  body.spec.replicas = count;
  container.resources.requests = { ...container.resources.requests, cpu: "1m" };
  await cluster.apps.replaceNamespacedDeployment({ name, namespace, body });
  await cluster.settled(namespace, `app.kubernetes.io/name=${name}`, count, 300);
}

async function look(count: number, { outputs }: UpResult, password: string): Promise<Figures> {
  const [program] = timed([programOf("latency-lab", "ours", String(count))], 3);
  const metrics = await (await fetch(String(outputs.metricsUrl))).text();
  const server = `namespace="${outputs.namespaces.server}"`;
  const ask = async (expression: string) =>
    (await query(String(outputs.prometheusUrl), expression))[0]?.value ?? Number.NaN;
  const grafana = new Grafana(String(outputs.grafanaUrl), "admin", password);
  const runs: CheckedDashboard[][] = [];
  for (let run = 0; run < 3; run++) {
    runs.push(await checkDashboards(grafana));
  }
  const titles = runs[0]?.map(({ title }) => title) ?? [];
  const times = (index: number) => median(runs.map((run) => run[index]?.milliseconds ?? Number.NaN));
  return {
    program: median(program?.seconds ?? []),
    samples: await ask(`sum(scrape_samples_scraped{${server}, pod=~"delayed-server-.*"})`),
    bytes: metrics.length * count,
    series: await ask("prometheus_tsdb_head_series"),
    memory: await ask('process_resident_memory_bytes{job="prometheus"}'),
    dashboards: new Map(titles.map((title, index) => [title, times(index)])),
  };
}

function rows(seen: readonly Figures[]): Row[] {
  const row = (figure: string, value: (figures: Figures) => number, show: (value: number) => string) => {
    const values = seen.map(value);
    return { figure, ours: `${values.map(show).join(" → ")}   ${bars(values)}` };
  };
  const titles = [...(seen[0]?.dashboards.keys() ?? [])];
  return [
    row("program start", ({ program }) => program, seconds),
    row("samples of a scrape of all", ({ samples }) => samples, String),
    row("bytes of a scrape of all, uncompressed", ({ bytes }) => bytes, kibibytes),
    row("series in Prometheus", ({ series }) => series, String),
    row("memory of Prometheus", ({ memory }) => memory, mebibytes),
    ...titles.map((title) => ({
      ...row(
        `open panels of ${title} together`,
        ({ dashboards }) => dashboards.get(title) ?? Number.NaN,
        (value) => `${value} ms`,
      ),
      wanted: "≤ 500 ms at the last",
    })),
  ];
}

const kibibytes = (bytes: number) => `${Math.round(bytes / 1024)} KiB`;

/** One bar per value. */
function bars(values: readonly number[]): string {
  const steps = "▁▂▃▄▅▆▇█";
  const most = Math.max(...values);
  return values.map((value) => steps[Math.round((value / most) * (steps.length - 1))] ?? "").join("");
}
