import type { Milliseconds } from "../delay/duration.ts";
import { seededRandom } from "../delay/random.ts";
import { pickWeighted, type Weighted } from "../delay/weighted.ts";

/** A request that is to be sent. */
export interface Due {
  /** How long after the first moment of the run. */
  at: Milliseconds;
  path: string;
}

/**
 * When to send which request: independent of each other, at `rate` requests per second on average,
 * without waiting for responses. A seed repeats the run.
 */
export function* schedule(
  rate: number,
  mix: readonly Weighted<string>[],
  seed: string,
): Generator<Due, never> {
  const pauses = seededRandom(seed, "pauses");
  const paths = seededRandom(seed, "paths");
  for (let at = 0; ; ) {
    at += (-Math.log(1 - pauses()) / rate) * 1000;
    yield { at, path: pickWeighted(mix, paths()) };
  }
}
