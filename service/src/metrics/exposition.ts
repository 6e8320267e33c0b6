import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type OpenMetricsContentType,
  openMetricsContentType,
  Registry,
} from "prom-client";
import { type MetricDefinition, processMetrics } from "./definitions.ts";

type Definition<Label extends string> = MetricDefinition & { labels: readonly Label[] };

/** Returns a value that is read at each scrape. */
type Collected = () => number | Promise<number>;

/** Registers metrics and writes them in both formats that Prometheus scrapes. */
export class Exposition {
  readonly #text = new Registry();
  readonly #openMetrics = new Registry<OpenMetricsContentType>();

  constructor() {
    this.#openMetrics.setContentType(openMetricsContentType);
  }

  counter<Label extends string>(
    { name, help, labels: labelNames }: Definition<Label>,
    collected?: Collected,
  ): Counter<Label> {
    const counter = new Counter({
      name,
      help,
      labelNames,
      registers: [this.#openMetrics],
      async collect() {
        if (collected === undefined) return;
        const value = await collected();
        this.reset();
        this.inc(value);
      },
    });
    this.#inText(counter, { name, help, labelNames });
    return counter;
  }

  gauge<Label extends string>(
    { name, help, labels: labelNames }: Definition<Label>,
    collected?: Collected,
  ): Gauge<Label> {
    const gauge = new Gauge({
      name,
      help,
      labelNames,
      registers: [this.#openMetrics, this.#text],
      async collect() {
        if (collected !== undefined) this.set(await collected());
      },
    });
    return gauge;
  }

  /** @param exemplar the label of the exemplars; without it, there are none */
  histogram<Label extends string, Exemplar extends string = never>(
    { name, help, labels: labelNames }: Definition<Label>,
    buckets: readonly number[],
    exemplar?: Exemplar,
  ): Histogram<Label | Exemplar> {
    const histogram = new Histogram<Label | Exemplar>({
      name,
      help,
      labelNames,
      buckets: [...buckets],
      enableExemplars: exemplar !== undefined,
      registers: [this.#openMetrics],
    });
    // Both registries share the histogram; only OpenMetrics writes its exemplars.
    this.#text.registerMetric(histogram);
    return histogram;
  }

  /** Registers prom-client's metrics of the process, except those whose cost grows with the number of connections. */
  process(): void {
    const all = new Registry();
    collectDefaultMetrics({ register: all });
    for (const { name, labels } of Object.values(processMetrics)) {
      const metric = all.getSingleMetric(name);
      const help = all.getMetricsAsArray().find((one) => one.name === name)?.help;
      if (metric === undefined || help === undefined) throw new Error(`prom-client has no metric ${name}`);
      this.#openMetrics.registerMetric(metric);
      if (metric instanceof Counter) this.#inText(metric, { name, help, labelNames: labels });
      else this.#text.registerMetric(metric);
    }
  }

  /** Text format 0.0.4. */
  async text(): Promise<{ text: string; contentType: string }> {
    return { text: await this.#text.metrics(), contentType: this.#text.contentType };
  }

  /** OpenMetrics 1.0.0, with exemplars. */
  async openMetrics(): Promise<{ text: string; contentType: string }> {
    const text = await this.#openMetrics.metrics();
    // OpenMetrics requires bucket bounds to be floats.
    const withFloats = text.replace(/le="(\d+)"/g, 'le="$1.0"');
    return { text: withFloats, contentType: this.#openMetrics.contentType };
  }

  /** Adds a copy of the counter to the text format, because an OpenMetrics registry removes `_total` from the original's name. */
  #inText<Label extends string>(
    counter: Counter<Label>,
    about: { name: string; help: string; labelNames: readonly Label[] },
  ): void {
    new Counter({
      ...about,
      registers: [this.#text],
      async collect() {
        const { values } = await counter.get();
        this.reset();
        for (const { labels, value } of values) this.inc(labels, value);
      },
    });
  }
}
