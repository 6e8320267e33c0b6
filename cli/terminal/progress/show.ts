import { Listr } from "listr2";
import { say, wantsJson } from "../say.ts";
import { type Stage, type StageName, type Stages, stageTitles } from "./stages.ts";

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
        if (stage.name === name && stage.state === "running") task.output = stage.detail;
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
export async function showAsLines(
  stages: Stages,
  say: (line: string) => void,
  now: () => number = Date.now,
): Promise<void> {
  const last = new Map<StageName, { detail: string; at: number }>();
  stages.onChange((stage) => {
    const { name, state, detail } = stage;
    const said = last.get(name);
    if (state === "done") say(`✔ ${titleWithTime(stage)}`);
    else if (state === "failed") say(`✖ ${titleWithTime(stage)}`);
    else if (state === "running" && !isNew(said, detail, now())) return;
    else if (state === "running") {
      last.set(name, { detail, at: now() });
      say(`… ${stageTitles[name]}${detail === "" ? "" : `: ${detail}`}`);
    }
  });
  await Promise.allSettled([...stages.all.keys()].map((name) => stages.ended(name)));
}

function isNew(said: { detail: string; at: number } | undefined, detail: string, now: number): boolean {
  return said === undefined || (said.detail !== detail && now - said.at >= pauseMilliseconds);
}

function titleWithTime({ name, startedAt = 0, endedAt = 0 }: Stage): string {
  return `${stageTitles[name]} (${((endedAt - startedAt) / 1000).toFixed(1)} s)`;
}
