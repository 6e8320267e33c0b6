// `up` from nothing to the first latency, and `down` to nothing, on an existing cluster:
// beside a perfect script of docker, kubectl and helm that makes the same things.
import { join } from "node:path";
import { findEngine } from "../../stack/preflight/engine.ts";
import { commandsOn } from "../by-hand/commands.ts";
import { downByHand } from "../by-hand/down.ts";
import { renderFiles } from "../by-hand/files.ts";
import { type ByHand, upByHand } from "../by-hand/up.ts";
import { median } from "../measure.ts";
import { type Measurement, type Row, seconds } from "../measurement.ts";
import { needsTools } from "../site/needs.ts";
import { Site } from "../site/site.ts";

const rounds = 2;

const stack = "bench";
const byHandStack = "bench-by-hand";

/** A round of both: the same things made and taken away, one after the other. */
interface Round {
  readonly ours: { seconds: number; ended: Readonly<Record<string, number>>; down: number };
  readonly byHand: ByHand & { down: number };
}

export const upDownExisting: Measurement = {
  name: "up-down-existing",
  title: "From nothing to the first latency and back, on an existing cluster",
  missing: needsTools,
  measure: async () => {
    const site = new Site("existing");
    const measured: Round[] = [];
    for (let round = 0; round < rounds; round++) measured.push(await oneRound(site));
    return rows(measured);
  },
};

async function oneRound(site: Site): Promise<Round> {
  const up = await site.up(stack);
  const ended = Object.entries(up.stages).map(([name, { endedAt = Number.NaN }]) => [name, endedAt / 1000]);
  const nodeAddress = new URL(String(up.outputs.serverUrl)).hostname;
  const down = await site.down(stack);

  const files = await renderFiles(byHandStack, site.settings(), nodeAddress);
  const commands = await commandsOn(files.kubeconfig, (await findEngine()).buildKit);
  try {
    const byHand = await upByHand(commands, files, join(site.checkout.folder, "service"), nodeAddress);
    return {
      ours: { seconds: up.process, ended: Object.fromEntries(ended), down },
      byHand: { ...byHand, down: await downByHand(commands, files) },
    };
  } catch (error) {
    await downByHand(commands, files).catch(() => {});
    throw error;
  }
}

function rows(measured: readonly Round[]): Row[] {
  const row = (figure: string, ours: (round: Round) => number, beside: (round: Round) => number) => ({
    figure,
    ours: seconds(median(measured.map(ours))),
    beside: `${seconds(median(measured.map(beside)))}: docker, helm, kubectl`,
    ratio: median(measured.map((round) => ours(round) / beside(round))),
  });
  const stage = (name: "image" | "chart" | "server", title: string) =>
    row(
      `  ${title} at`,
      ({ ours }) => ours.ended[name] ?? Number.NaN,
      ({ byHand }) => byHand.ended[name] ?? Number.NaN,
    );
  return [
    {
      ...row(
        "`up` from nothing to the first latency",
        ({ ours }) => ours.seconds,
        ({ byHand }) => byHand.seconds,
      ),
      wanted: "≤ 1.1 ×",
    },
    stage("image", "image pushed"),
    stage("server", "server ready"),
    stage("chart", "chart ready"),
    {
      ...row(
        "`down` to nothing",
        ({ ours }) => ours.down,
        ({ byHand }) => byHand.down,
      ),
    },
  ];
}
