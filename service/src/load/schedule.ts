import type { Milliseconds } from "../delay/duration.ts";
import { seededRandom } from "../delay/random.ts";
import { pickWeighted, type Weighted } from "../delay/weighted.ts";

/** A scheduled request. */
export interface Due {
  /** Time since the start of the run. */
  at: Milliseconds;
  path: string;
}

/**
 * Generates requests as a Poisson process with a mean of `rate` per second, independent of responses.
 * The same seed gives the same requests at the same times.
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
