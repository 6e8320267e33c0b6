import { setTimeout as sleep } from "node:timers/promises";

/** Repeats an attempt until it succeeds. Throws its last error if the time is up, or an error that is final. */
export async function eventually<T>(
  attempt: () => Promise<T>,
  seconds = 60,
  isFinal: (error: unknown) => boolean = () => false,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (isFinal(error) || Date.now() > deadline) throw error;
    }
    await sleep(500);
  }
}
