import { type Stage, type StageName, type Stages, stageTitles } from "./stages.ts";

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

export function titleWithTime({ name, startedAt = 0, endedAt = 0 }: Stage): string {
  return `${stageTitles[name]} (${((endedAt - startedAt) / 1000).toFixed(1)} s)`;
}
