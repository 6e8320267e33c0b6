import { createCipheriv, createHash } from "node:crypto";
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
 * A stream of pseudo-random numbers from 0 to 1, excluding 1: the key stream of AES in counter mode. The same
 * seed gives the same numbers on any machine.
 *
 * `stream` separates streams with the same seed, so that changing the error rate does not change the delays.
 */
export function seededRandom(seed: string, stream: string): () => number {
  const key = createHash("sha256").update(`${seed}\0${stream}`).digest();
  const cipher = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  const [zeros, size] = [Buffer.alloc(6000), 6];
  let [block, at] = [zeros, zeros.length];
  return () => {
    if (at === block.length) [block, at] = [cipher.update(zeros), 0];
    at += size;
    return block.readUIntBE(at - size, size) / 2 ** (8 * size);
  };
}
