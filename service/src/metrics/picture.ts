import { Histogram } from "prom-client";
import { type DelaySettings, delayProbability } from "../delay/distribution.ts";
import type { Milliseconds } from "../delay/duration.ts";
import { bucketCounts } from "./quantile.ts";

/** Number of bars from 0 to the maximum delay. */
const bars = 40;
/** Minimum width of the histogram, for a maximum delay of 0. */
const narrowest: Milliseconds = 10;

/** A bar: the served and the configured share of requests with this duration. */
export interface Bar {
  from: Milliseconds;
  /** Infinite for the last bar. */
  to: Milliseconds;
  served: number;
  configured: number;
}

/** A histogram of the requests with random delays, in bars of equal width, for the page. It is not exported. */
export class Picture {
  readonly #delays: DelaySettings;
  readonly #bounds: readonly Milliseconds[];
  readonly #histogram: Histogram;
  #requests = 0;
  #overhead: Milliseconds = 0;

  constructor(delays: DelaySettings) {
    this.#delays = delays;
    const width = Math.max(delays.max, narrowest) / bars;
    // One more bar for the longest delays, because serving adds some time to them.
    this.#bounds = Array.from({ length: bars + 1 }, (_, i) => (i + 1) * width);
    this.#histogram = new Histogram({
      name: "picture",
      help: "Drawn on the page.",
      buckets: [...this.#bounds],
      registers: [],
    });
  }

  /** @param total the duration of the request, including `delay` */
  observe(total: Milliseconds, delay: Milliseconds): void {
    this.#histogram.observe(total);
    this.#requests++;
    this.#overhead += total - delay;
  }

  /** The number of requests so far, the mean time that serving adds to a delay, and the bars. */
  async drawn(): Promise<{ requests: number; overhead: Milliseconds; bars: Bar[] }> {
    const counts = await bucketCounts(this.#histogram);
    const requests = this.#requests;
    const overhead = requests === 0 ? 0 : this.#overhead / requests;
    // Shifts the configured distribution by the overhead, to align it with the served one.
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
