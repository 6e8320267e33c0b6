import type { MetricDefinition } from "./definitions.ts";

/** The request behind the latest observation in a bucket. */
export interface Exemplar {
  requestId: string;
  value: number;
  /** Milliseconds since 1970. */
  time: number;
}

/**
 * What one series of a histogram has counted. Observing costs a search among
 * forty numbers and no memory, because it happens many times a request.
 */
export class HistogramCells {
  /** Observations per bucket, not cumulated; the last is `+Inf`. */
  readonly counts: Float64Array;
  readonly exemplars: (Exemplar | undefined)[];
  sum = 0;
  readonly bounds: Float64Array;

  constructor(bounds: Float64Array) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
    this.exemplars = new Array(bounds.length + 1).fill(undefined);
  }

  observe(value: number): void {
    const bucket = this.#bucketOf(value);
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.sum += value;
  }

  /** Observes and remembers which request it was. */
  observeRequest(value: number, requestId: string, time: number): void {
    const bucket = this.#bucketOf(value);
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.sum += value;
    const exemplar = this.exemplars[bucket];
    if (exemplar === undefined) {
      this.exemplars[bucket] = { requestId, value, time };
    } else {
      exemplar.requestId = requestId;
      exemplar.value = value;
      exemplar.time = time;
    }
  }

  /** The first bucket whose bound is not below the value. */
  #bucketOf(value: number): number {
    let low = 0;
    let high = this.bounds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value <= (this.bounds[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** A counter or a gauge. */
export class Cell {
  value = 0;
}

/** The series of one metric, by their label values. */
export class Series<Cells> {
  readonly definition: MetricDefinition;
  readonly bounds: Float64Array;
  readonly all: { labels: Record<string, string>; cells: Cells }[] = [];
  readonly #create: (bounds: Float64Array) => Cells;

  constructor(
    definition: MetricDefinition,
    bounds: readonly number[],
    create: (bounds: Float64Array) => Cells,
  ) {
    this.definition = definition;
    this.bounds = Float64Array.from(bounds);
    this.#create = create;
  }

  /** Adds a series; the caller keeps its cells and never adds it twice. */
  add(...values: string[]): Cells {
    const cells = this.#create(this.bounds);
    const labels = Object.fromEntries(this.definition.labels.map((name, i) => [name, values[i] ?? ""]));
    this.all.push({ labels, cells });
    return cells;
  }
}
