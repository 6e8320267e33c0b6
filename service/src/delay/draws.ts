import type { ServerSettings } from "../settings.ts";
import { drawDelay } from "./distribution.ts";
import { pickWeighted, type Weighted } from "./weighted.ts";

export type Draws = ReturnType<typeof seededDraws>;

/** The random choices of the server, repeatable with a seed. */
export function seededDraws(settings: ServerSettings, seed: string) {
  const { delay, errorRate, errorStatus } = settings;
  const delays = seededRandom(seed, "delays");
  const errors = seededRandom(seed, "errors");
  const statuses = seededRandom(seed, "statuses");
  return {
    /** The delay of a request. */
    delay: () => drawDelay(delay, delays),
    /** The status of an injected error; undefined if the request does not fail. */
    errorStatus: () => (errors() < errorRate ? pickWeighted(errorStatus, errors()) : undefined),
    /** One of the requested statuses. */
    status: (requested: readonly Weighted<number>[]) => pickWeighted(requested, statuses()),
  };
}

/**
 * A stream of pseudo-random numbers. The same seed gives the same numbers on any machine.
 *
 * `stream` separates streams with the same seed, so that changing the error rate does not change the delays.
 *
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand), seeded with FNV-1a hashes.
 */
export function seededRandom(seed: string, stream: string): () => number {
  let a = hash(`${seed}\0${stream}\0a`);
  let b = hash(`${seed}\0${stream}\0b`);
  let c = hash(`${seed}\0${stream}\0c`);
  let counter = 1;
  const next = () => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    return result >>> 0;
  };
  // Discards the first numbers, which are correlated for similar seeds.
  for (let round = 0; round < 15; round++) next();
  // 53 bits, the precision of a double.
  return () => ((next() >>> 5) * 67_108_864 + (next() >>> 6)) / 9_007_199_254_740_992;
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value >>> 0;
}
