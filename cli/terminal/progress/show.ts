import { Listr } from "listr2";
import { say, wantsJson } from "../say.ts";
import { type Stage, type StageName, type Stages, stageTitles, textOf } from "./stages.ts";

/**
 * Shows the stages while they run: side by side and in place in a terminal,
 * a line at their beginning and their end in a pipe or in CI. Resolves when all
 * have ended, whatever their outcome: the run itself says what failed.
 */
export async function showStages(stages: Stages): Promise<void> {
  if (wantsJson() || !process.stdout.isTTY) await showAsLines(stages, say);
  else await showInPlace(stages);
}

async function showInPlace(stages: Stages): Promise<void> {
  const tasks = [...stages.all.keys()].map((name) => ({
    title: stageTitles[name],
    task: async (_: unknown, task: { title: string; output: string }) => {
      stages.onChange((stage) => {
        if (stage.name === name && stage.state === "running") task.output = textOf(stage);
      });
      try {
        await stages.ended(name);
      } finally {
        const stage = stages.all.get(name);
        if (stage) task.title = titleWithTime(stage);
      }
    },
  }));
  const list = new Listr(tasks, {
    concurrent: true,
    exitOnError: false,
    rendererOptions: { collapseErrors: false, showErrorMessage: false },
    registerSignalListeners: false,
  });
  await list.run();
}

/** A stage that waits says at most this often what for: a log is read later, and as a whole. */
const pauseMilliseconds = 10_000;

/** A line at the beginning and the end of each stage, and in between when it waits for something else. */
export async function showAsLines(stages: Stages, say: (line: string) => void): Promise<void> {
  const last = new Map<StageName, { text: string; at: number }>();
  const due = new Map<StageName, NodeJS.Timeout>();
  const show = (stage: Stage) => {
    const { name, state } = stage;
    clearTimeout(due.get(name));
    if (state === "done") return say(`✔ ${titleWithTime(stage)}`);
    if (state === "failed") return say(`✖ ${titleWithTime(stage)}`);
    if (state !== "running") return;
    const text = textOf(stage);
    const said = last.get(name);
    if (said?.text === text) return;
    const wait = said ? said.at + pauseMilliseconds - Date.now() : 0;
    // What is newest when the pause is over is written then.
    if (wait > 0) return void due.set(name, setTimeout(() => show(stage), wait).unref());
    last.set(name, { text, at: Date.now() });
    say(`… ${stageTitles[name]}${text === "" ? "" : `: ${text}`}`);
  };
  stages.onChange(show);
  await Promise.allSettled([...stages.all.keys()].map((name) => stages.ended(name)));
}

function titleWithTime({ name, startedAt = 0, endedAt = 0 }: Stage): string {
  return `${stageTitles[name]} (${((endedAt - startedAt) / 1000).toFixed(1)} s)`;
}
