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

/** A number that is only looked at when it is scraped. */
type Collected = () => number | Promise<number>;

/** Makes metrics from their definitions, and writes them out in both formats that Prometheus scrapes. */
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

  /** @param exemplar the label of its exemplars, when it has any */
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
    // Only the OpenMetrics registry writes exemplars out.
    this.#text.registerMetric(histogram);
    return histogram;
  }

  /** prom-client's own metrics of the process, but for those that cost more the more connections are open. */
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
    // In this format the bounds of buckets are always written as floats.
    const withFloats = text.replace(/le="(\d+)"/g, 'le="$1.0"');
    return { text: withFloats, contentType: this.#openMetrics.contentType };
  }

  /** The same counter for the text format: an OpenMetrics registry takes `_total` off the name of its own for good. */
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
