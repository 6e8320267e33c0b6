import type { DelaySettings } from "./distribution.ts";
import { drawDelay } from "./distribution.ts";
import type { Milliseconds } from "./duration.ts";
import { type Random, seededRandom } from "./random.ts";
import { pickWeighted, type Weighted } from "./weighted.ts";

/** The random choices of the server, repeatable with a seed. */
export class Draws {
  readonly #delay: DelaySettings;
  readonly #delays: Random;
  readonly #errorRate: number;
  readonly #errorStatus: readonly Weighted<number>[];
  readonly #errors: Random;
  readonly #statuses: Random;

  constructor(
    settings: { delay: DelaySettings; errorRate: number; errorStatus: readonly Weighted<number>[] },
    seed: string,
  ) {
    this.#delay = settings.delay;
    this.#errorRate = settings.errorRate;
    this.#errorStatus = settings.errorStatus;
    this.#delays = seededRandom(seed, "delays");
    this.#errors = seededRandom(seed, "errors");
    this.#statuses = seededRandom(seed, "statuses");
  }

  /** Draws the delay of a request. */
  delay(): Milliseconds {
    return drawDelay(this.#delay, this.#delays);
  }

  /** Draws the status of an injected error; undefined if the request does not fail. */
  errorStatus(): number | undefined {
    return this.#errorRate > 0 && this.#errors() < this.#errorRate
      ? pickWeighted(this.#errorStatus, this.#errors())
      : undefined;
  }

  /** Draws one of the requested statuses. */
  status(asked: readonly Weighted<number>[]): number {
    return pickWeighted(asked, this.#statuses());
  }
}
