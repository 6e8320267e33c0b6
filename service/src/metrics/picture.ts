import { Histogram } from "prom-client";
import { type DelaySettings, delayProbability } from "../delay/distribution.ts";
import type { Milliseconds } from "../delay/duration.ts";
import { bucketsOf } from "./quantile.ts";

/** Number of bars from 0 to the maximum delay. One more is for the time that serving adds. */
const bars = 40;
/** Minimum width of the histogram, for a maximum delay of 0. */
const narrowest: Milliseconds = 10;

/** A histogram of the requests with random delays, in bars of equal width, for the page. It is not exported. */
export class Picture {
  readonly #delays: DelaySettings;
  readonly #histogram: Histogram;
  #requests = 0;
  #overhead: Milliseconds = 0;

  constructor(delays: DelaySettings) {
    this.#delays = delays;
    const width = Math.max(delays.max, narrowest) / bars;
    const buckets = Array.from({ length: bars + 1 }, (_, i) => (i + 1) * width);
    this.#histogram = new Histogram({ name: "picture", help: "Drawn on the page.", buckets, registers: [] });
  }

  /** @param total the duration of the request, including `delay` */
  observe(total: Milliseconds, delay: Milliseconds): void {
    this.#histogram.observe(total);
    this.#requests++;
    this.#overhead += total - delay;
  }

  /** The number of requests so far, the mean time that serving adds to a delay, and the bars with their shares. */
  async drawn() {
    const { bounds, counts } = await bucketsOf(this.#histogram);
    const requests = this.#requests;
    const overhead = requests === 0 ? 0 : this.#overhead / requests;
    // Shifts the configured distribution by the overhead, to align it with the served one.
    const share = (time: Milliseconds) => delayProbability(this.#delays, time - overhead);
    const drawn = counts.map((count, i) => {
      const [from = 0, to] = [bounds[i - 1], bounds[i]];
      const configured = (to === undefined ? 1 : share(to)) - (i === 0 ? 0 : share(from));
      return { from, to, served: requests === 0 ? 0 : count / requests, configured };
    });
    return { requests, overhead, bars: drawn };
  }
}
