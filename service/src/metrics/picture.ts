import { type DelaySettings, delayProbability } from "../delay/distribution.ts";
import type { Milliseconds } from "../delay/duration.ts";
import { HistogramCells } from "./cells.ts";

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
  readonly #bounds: Float64Array;
  readonly #cells: HistogramCells;
  #total = 0;
  #overhead: Milliseconds = 0;

  constructor(delays: DelaySettings) {
    this.#delays = delays;
    const width = Math.max(delays.max, narrowest) / bars;
    // The longest delays are served just after the last bar; one more bar takes them in.
    this.#bounds = Float64Array.from({ length: bars + 1 }, (_, i) => (i + 1) * width);
    this.#cells = new HistogramCells(this.#bounds);
  }

  /** @param total how long the request took, of which `delay` was drawn */
  observe(total: Milliseconds, delay: Milliseconds): void {
    this.#cells.observe(total);
    this.#total++;
    this.#overhead += total - delay;
  }

  get requests(): number {
    return this.#total;
  }

  /** What serving has added to the delays, on average. */
  get overhead(): Milliseconds {
    return this.#total === 0 ? 0 : this.#overhead / this.#total;
  }

  /** The bars so far. What is configured is moved by what serving adds, so that it falls into the same ones. */
  get bars(): Bar[] {
    const share = (time: Milliseconds) => delayProbability(this.#delays, time - this.overhead);
    return [...this.#cells.counts].map((count, i) => {
      const from = this.#bounds[i - 1] ?? 0;
      const to = this.#bounds[i] ?? Number.POSITIVE_INFINITY;
      const configured = (to === Number.POSITIVE_INFINITY ? 1 : share(to)) - (i === 0 ? 0 : share(from));
      return { from, to, served: this.#total === 0 ? 0 : count / this.#total, configured };
    });
  }
}
