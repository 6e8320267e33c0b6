// What the whole stack takes of a machine, at rest and at work.
import { setTimeout as sleep } from "node:timers/promises";
import { Grafana } from "../../cli/clients/grafana.ts";
import { query } from "../../cli/clients/prometheus.ts";
import type { UpResult } from "../../test/up.ts";
import { type Commands, commandsOn } from "../by-hand/commands.ts";
import { renderFiles } from "../by-hand/files.ts";
import { type Measurement, mebibytes, type Row } from "../measurement.ts";
import { needsTools } from "../site/needs.ts";
import { Site } from "../site/site.ts";
import { componentOf } from "./components.ts";
import { type Usage, usageOf } from "./kubelet.ts";

const stack = "bench";

/** Requests a second of the stack at work. */
const busyRate = 200;

/** Starting takes more than running: seconds until usage has settled, and over which it is taken. */
const settleSeconds = 30;
const windowSeconds = 45;

/** What one component uses, over the window. */
interface Use {
  readonly memoryBytes: number;
  /** Of one core. */
  readonly cpu: number;
}

type Uses = ReadonlyMap<string, Use>;

export const footprint: Measurement = {
  name: "footprint",
  title: `Memory and CPU at rest and at ${busyRate} requests a second`,
  missing: needsTools,
  measure: async () => {
    const site = new Site("existing");
    const rows: Row[] = [];
    for (const preset of ["full", "laptop"]) {
      const rest = await usesOf(site, { preset, load: "false" });
      const busy = await usesOf(site, { preset, load: "true", loadRate: String(busyRate) });
      rows.push(...componentRows(preset, rest.uses, busy.uses));
      rows.push(await seriesRow(preset, busy.lab));
      if (preset === "full") rows.push(await logRow(site, busy.lab));
      // Prometheus would keep the other preset's series for hours.
      await site.down(stack);
    }
    return rows;
  },
};

async function usesOf(
  site: Site,
  settings: Readonly<Record<string, string>>,
): Promise<{ uses: Uses; lab: UpResult }> {
  const lab = await site.up(stack, settings);
  const { kubeconfig } = await renderFiles(stack, site.settings(), "");
  const commands = await commandsOn(kubeconfig, false);
  await sleep(settleSeconds * 1000);
  return { uses: await over(commands, Object.values(lab.outputs.namespaces)), lab };
}

/** What each component uses: its memory at the end of a window, and its CPU over it. */
async function over(commands: Commands, namespaces: readonly string[]): Promise<Uses> {
  const before = await usageOf(commands, namespaces);
  const began = Date.now();
  await sleep(windowSeconds * 1000);
  const after = await usageOf(commands, namespaces);
  const elapsed = (Date.now() - began) / 1000;
  const uses = new Map<string, Use>();
  for (const { pod, memoryBytes, cpuSeconds } of after) {
    const earlier = before.find((one: Usage) => one.pod === pod);
    if (!earlier) continue;
    const name = componentOf(pod);
    const sofar = uses.get(name) ?? { memoryBytes: 0, cpu: 0 };
    uses.set(name, {
      memoryBytes: sofar.memoryBytes + memoryBytes,
      cpu: sofar.cpu + (cpuSeconds - earlier.cpuSeconds) / elapsed,
    });
  }
  return uses;
}

function componentRows(preset: string, rest: Uses, busy: Uses): Row[] {
  const names = [...new Set([...rest.keys(), ...busy.keys()])].sort();
  const one = (uses: Uses, name: string) => uses.get(name) ?? { memoryBytes: 0, cpu: 0 };
  const total = (uses: Uses): Use => ({
    memoryBytes: [...uses.values()].reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
    cpu: [...uses.values()].reduce((sum, { cpu }) => sum + cpu, 0),
  });
  return [
    {
      ...useRow(`all pods, ${preset}`, total(rest), total(busy)),
      ...(preset === "laptop" ? { wanted: "at rest ≤ 700 MiB, ≤ 10 % of a core" } : {}),
    },
    ...names.map((name) => useRow(`  ${name}`, one(rest, name), one(busy, name))),
  ];
}

function useRow(figure: string, rest: Use, busy: Use): Row {
  const text = ({ memoryBytes, cpu }: Use) => `${mebibytes(memoryBytes)}, ${(cpu * 100).toFixed(1)} %`;
  return { figure, ours: `${text(rest)} at rest; ${text(busy)} at ${busyRate}/s` };
}

async function seriesRow(preset: string, { outputs }: UpResult): Promise<Row> {
  const ask = async (expression: string) =>
    (await query(String(outputs.prometheusUrl), expression))[0]?.value ?? Number.NaN;
  const all = await ask("prometheus_tsdb_head_series");
  const server = await ask(`count({namespace="${outputs.namespaces.server}"})`);
  return {
    figure: `series in Prometheus, ${preset}`,
    ours: `${all}, ${server} of them of the server and its load`,
  };
}

/** What Loki is sent for a request: the lines of the server alone. */
async function logRow(site: Site, { outputs }: UpResult): Promise<Row> {
  const password = (await site.command("password", "--stack", stack)).stdout.trim();
  const grafana = new Grafana(String(outputs.grafanaUrl), "admin", password);
  const server = `namespace="${outputs.namespaces.server}"`;
  const [frame] = await grafana.query(
    "loki",
    `sum(bytes_rate({${server}, container="delayed-server"}[1m]))`,
    2,
  );
  const bytes = Number(frame?.data.values[1]?.at(-1));
  const [requests] = await query(
    String(outputs.prometheusUrl),
    `sum(rate(http_request_duration_seconds_count{${server}}[1m]))`,
  );
  return {
    figure: "log bytes in Loki per request",
    ours: `${(bytes / (requests?.value ?? Number.NaN)).toFixed(0)} bytes`,
  };
}
