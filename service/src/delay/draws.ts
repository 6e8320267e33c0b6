import type { DelaySettings } from "./distribution.ts";
import { drawDelay } from "./distribution.ts";
import type { Milliseconds } from "./duration.ts";
import { type Random, seededRandom } from "./random.ts";
import { pickWeighted, type Weighted } from "./weighted.ts";

/** Everything that is left to chance, in streams that a seed repeats. */
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

  /** The next request's delay. */
  delay(): Milliseconds {
    return drawDelay(this.#delay, this.#delays);
  }

  /** The status that the next request fails with; undefined when it does not fail. */
  errorStatus(): number | undefined {
    return this.#errorRate > 0 && this.#errors() < this.#errorRate
      ? pickWeighted(this.#errorStatus, this.#errors())
      : undefined;
  }

  /** One of the statuses that a request asks for. */
  status(asked: readonly Weighted<number>[]): number {
    return pickWeighted(asked, this.#statuses());
  }
}
