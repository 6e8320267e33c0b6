import type { Counter, Gauge, Histogram } from "prom-client";
import { logFields } from "../log/line.ts";
import { Exposition } from "../metrics/exposition.ts";
import { loadMetrics } from "./metrics.ts";

/** The metrics of the load generator. */
export class LoadMeters {
  readonly exposition = new Exposition();
  readonly inFlight: Gauge;
  readonly skipped: Counter;
  readonly #requests: Counter<"status">;
  readonly #duration: Histogram<typeof logFields.requestId>;

  constructor(rate: number) {
    const { buckets } = loadMetrics.duration;
    this.#requests = this.exposition.counter(loadMetrics.requests);
    this.#duration = this.exposition.histogram(loadMetrics.duration, buckets, logFields.requestId);
    this.inFlight = this.exposition.gauge(loadMetrics.inFlight);
    this.skipped = this.exposition.counter(loadMetrics.skipped);
    this.exposition.gauge(loadMetrics.rate).set(rate);
  }

  /** Records a completed request. @param status "none" if there was no response */
  ended(status: string, seconds: number, requestId: string): void {
    this.#requests.inc({ status });
    this.#duration.observe({ value: seconds, exemplarLabels: { [logFields.requestId]: requestId } });
  }
}
