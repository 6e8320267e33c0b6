import { setTimeout as sleep } from "node:timers/promises";

/** Repeats a check until it passes or the time is up. */
export async function eventually(check: () => Promise<void>, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await sleep(500);
  }
}
