import type { ServerSettings } from "../settings.ts";
import { drawDelay } from "./distribution.ts";
import { seededRandom } from "./random.ts";
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
