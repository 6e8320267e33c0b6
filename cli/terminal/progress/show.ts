import { Listr } from "listr2";
import { say, wantsJson } from "../say.ts";
import { type Stage, type StageName, type Stages, stageTitles, textOf } from "./stages.ts";

/**
 * Shows the stages while they run: in place in a terminal, as lines in a pipe or in CI. Resolves
 * when all stages have ended, whether or not they failed.
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

/** The shortest time between two lines of a waiting stage, to keep logs short. */
const pauseMilliseconds = 10_000;

/** Prints a line when a stage begins or ends, or waits for something else. */
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
    const printed = last.get(name);
    if (printed?.text === text) return;
    const wait = printed ? printed.at + pauseMilliseconds - Date.now() : 0;
    // Print the latest text when the pause is over.
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
