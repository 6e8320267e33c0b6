import { Histogram } from "prom-client";
import { type DelaySettings, delayProbability } from "../delay/distribution.ts";
import type { Milliseconds } from "../delay/duration.ts";
import { bucketCounts } from "./quantile.ts";

/** Bars of a picture from nothing to the longest delay. */
const bars = 40;
/** A picture of no delay at all still has a width. */
const narrowest: Milliseconds = 10;

/** A bar of the picture: the shares of the requests that were, and should be, this long. */
export interface Bar {
  from: Milliseconds;
  /** Infinite for the last one: whatever took longer than the longest delay. */
  to: Milliseconds;
  served: number;
  configured: number;
}

/**
 * The requests whose delay was drawn, in bars of equal width, for eyes rather than
 * for quantiles. Not exported as a metric.
 */
export class Picture {
  readonly #delays: DelaySettings;
  readonly #bounds: readonly Milliseconds[];
  readonly #histogram: Histogram;
  #requests = 0;
  #overhead: Milliseconds = 0;

  constructor(delays: DelaySettings) {
    this.#delays = delays;
    const width = Math.max(delays.max, narrowest) / bars;
    // The longest delays are served just after the last bar; one more bar takes them in.
    this.#bounds = Array.from({ length: bars + 1 }, (_, i) => (i + 1) * width);
    this.#histogram = new Histogram({
      name: "picture",
      help: "Drawn on the page.",
      buckets: [...this.#bounds],
      registers: [],
    });
  }

  /** @param total how long the request took, of which `delay` was drawn */
  observe(total: Milliseconds, delay: Milliseconds): void {
    this.#histogram.observe(total);
    this.#requests++;
    this.#overhead += total - delay;
  }

  /** The requests so far, what serving has added to their delays on average, and the bars. */
  async drawn(): Promise<{ requests: number; overhead: Milliseconds; bars: Bar[] }> {
    const counts = await bucketCounts(this.#histogram);
    const requests = this.#requests;
    const overhead = requests === 0 ? 0 : this.#overhead / requests;
    // What is configured is moved by what serving adds, so that it falls into the same bars.
    const share = (time: Milliseconds) => delayProbability(this.#delays, time - overhead);
    const drawn = counts.map((count, i) => {
      const from = this.#bounds[i - 1] ?? 0;
      const to = this.#bounds[i] ?? Number.POSITIVE_INFINITY;
      const configured = (to === Number.POSITIVE_INFINITY ? 1 : share(to)) - (i === 0 ? 0 : share(from));
      return { from, to, served: requests === 0 ? 0 : count / requests, configured };
    });
    return { requests, overhead, bars: drawn };
  }
}
