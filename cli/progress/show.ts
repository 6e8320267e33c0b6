import { Listr } from "listr2";
import { say, wantsJson } from "../terminal/say.ts";
import { showAsLines, titleWithTime } from "./lines.ts";
import { type Stages, stageTitles } from "./stages.ts";

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
