// Whoever changes a line wants to see it: from the file's change until the pod serves it,
// and until Grafana shows it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Grafana } from "../../cli/clients/grafana.ts";
import { dashboardUids } from "../../dashboards/index.ts";
import { findEngine } from "../../stack/preflight/engine.ts";
import { type Commands, commandsOn } from "../by-hand/commands.ts";
import { type Files, renderFiles } from "../by-hand/files.ts";
import { buildAndPush } from "../by-hand/up.ts";
import { median } from "../measure.ts";
import { type Measurement, type Row, seconds } from "../measurement.ts";
import { needsTools } from "../site/needs.ts";
import { Site } from "../site/site.ts";

const rounds = 3;

const stack = "bench";

interface Place {
  readonly site: Site;
  readonly commands: Commands;
  readonly files: Files;
  readonly serverUrl: string;
  readonly grafana: Grafana;
}

export const change: Measurement = {
  name: "change",
  title: "From a changed line to seeing it",
  missing: needsTools,
  measure: async () => {
    const site = new Site("existing");
    const { outputs } = await site.up(stack);
    const serverUrl = String(outputs.serverUrl);
    const files = await renderFiles(stack, site.settings(), new URL(serverUrl).hostname);
    const commands = await commandsOn(files.kubeconfig, (await findEngine()).buildKit);
    const password = (await site.command("password", "--stack", stack)).stdout.trim();
    const grafana = new Grafana(String(outputs.grafanaUrl), "admin", password);
    const place = { site, commands, files, serverUrl, grafana };
    return [await sourceChange(place), await dashboardChange(place)];
  },
};

async function sourceChange(place: Place): Promise<Row> {
  const { site, serverUrl, commands, files } = place;
  const file = join(site.checkout.folder, "service", "src", "endpoints", "probes.ts");
  const marker = (round: string) => {
    writeFileSync(file, readFileSync(file, "utf8").replace(/text: "ok[^"]*"/, `text: "ok ${round}"`));
    return answered(serverUrl, `ok ${round}`);
  };
  const ours: number[] = [];
  const byHand: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(
      await timeTo(
        () => marker(`ours ${round}`),
        () => site.up(stack),
      ),
    );
    byHand.push(
      await timeTo(
        () => marker(`by hand ${round}`),
        () => rollOut(commands, files, site),
      ),
    );
  }
  return row(
    "source of the server, until a pod serves it",
    ours,
    byHand,
    "docker, kubectl set image",
    "≤ 15 s",
  );
}

async function rollOut(commands: Commands, files: Files, { checkout }: Site): Promise<void> {
  const { settings, names } = files.plan;
  const digest = await buildAndPush(commands, files, join(checkout.folder, "service"));
  const image = `${settings.registry}/latency-lab/delayed-server@${digest}`;
  const namespace = ["--namespace", names.serverNamespace];
  await commands.kubectl(
    "set",
    "image",
    "deployment/delayed-server",
    `delayed-server=${image}`,
    ...namespace,
  );
}

/** Waits until the server's answers hold a text. A rollout leaves old pods answering for a while. */
async function answered(serverUrl: string, text: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${serverUrl}/healthz`).then(
      (response) => response.text(),
      () => "",
    );
    if (answer.includes(text)) return;
    await sleep(100);
  }
}

async function dashboardChange({ site, commands, files, grafana }: Place): Promise<Row> {
  const file = join(site.checkout.folder, "dashboards", "delayed-server", "dashboard.ts");
  const ours: number[] = [];
  const byHand: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const title = `Delayed server, ours ${round}`;
    const edit = () => {
      writeFileSync(
        file,
        readFileSync(file, "utf8").replace(/title: "Delayed server[^"]*"/, `title: "${title}"`),
      );
      return shown(grafana, title);
    };
    ours.push(await timeTo(edit, () => site.up(stack)));
    const other = `Delayed server, by hand ${round}`;
    byHand.push(
      await timeTo(
        () => shown(grafana, other),
        () => retitle(commands, files, title, other),
      ),
    );
  }
  return row(
    "a dashboard, until Grafana shows it",
    ours,
    byHand,
    "kubectl replace of its ConfigMap",
    "≤ 10 s",
  );
}

async function retitle({ kubectl }: Commands, files: Files, from: string, to: string): Promise<void> {
  const name = `dashboard-${dashboardUids.delayedServer}`;
  const namespace = files.plan.names.monitoringNamespace;
  const text = await kubectl("get", "configmap", name, "--namespace", namespace, "--output", "json");
  const file = join(files.folder, "dashboard.json");
  writeFileSync(file, text.replaceAll(from, to));
  await kubectl("replace", "-f", file);
}

async function shown(grafana: Grafana, title: string): Promise<void> {
  const path = `/api/dashboards/uid/${dashboardUids.delayedServer}`;
  for (;;) {
    const { dashboard } = await grafana.get<{ dashboard: { title: string } }>(path);
    if (dashboard.title === title) return;
    await sleep(100);
  }
}

/** Seconds from a change until it is seen. What made it so is waited for as well, on nobody's clock. */
async function timeTo(changed: () => Promise<void>, act: () => Promise<unknown>): Promise<number> {
  const began = Date.now();
  const seen = changed().then(() => (Date.now() - began) / 1000);
  const [took] = await Promise.all([seen, act()]);
  return took;
}

function row(figure: string, ours: number[], byHand: number[], how: string, wanted: string): Row {
  return {
    figure,
    ours: seconds(median(ours)),
    beside: `${seconds(median(byHand))}: ${how}`,
    ratio: median(ours.map((value, round) => value / (byHand[round] ?? Number.NaN))),
    wanted,
  };
}
