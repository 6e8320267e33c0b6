import { setTimeout as sleep } from "node:timers/promises";

/** Retries for some seconds, unless the error is final. Throws the last error. */
export async function within<T>(
  seconds: number,
  look: () => Promise<T>,
  isFinal: (error: unknown) => boolean = () => false,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (isFinal(error) || Date.now() > deadline) throw error;
      await sleep(500);
    }
  }
}
