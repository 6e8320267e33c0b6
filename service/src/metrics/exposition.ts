import {
  Counter,
  collectDefaultMetrics,
  type Metric,
  type OpenMetricsContentType,
  openMetricsContentType,
  Registry,
} from "prom-client";
import { type MetricDefinition, processMetrics } from "./definitions.ts";

/** The registry of all metrics, and its metrics in both formats that Prometheus scrapes. */
export class Exposition {
  readonly #registry = new Registry<OpenMetricsContentType>();
  readonly #labels = new Map<string, readonly string[]>();
  #copy: Registry | undefined;

  constructor() {
    this.#registry.setContentType(openMetricsContentType);
  }

  /** The options of a metric, for its constructor. */
  about<Label extends string>({ name, help, labels }: MetricDefinition & { labels: readonly Label[] }) {
    this.#labels.set(name, labels);
    return { name, help, labelNames: labels, registers: [this.#registry] };
  }

  /** Registers prom-client's metrics of the process, except those whose cost grows with the number of connections. */
  addProcessMetrics(): void {
    const all = new Registry();
    collectDefaultMetrics({ register: all });
    for (const { name } of Object.values(processMetrics)) {
      this.#registry.registerMetric(all.getSingleMetric(name) as Metric);
    }
  }

  /** OpenMetrics 1.0.0, with exemplars. */
  async openMetrics(): Promise<{ text: string; contentType: string }> {
    this.#copy ??= this.#inText();
    const text = await this.#registry.metrics();
    // OpenMetrics requires bucket bounds to be floats.
    const withFloats = text.replace(/le="(\d+)"/g, 'le="$1.0"');
    return { text: withFloats, contentType: this.#registry.contentType };
  }

  /** Text format 0.0.4. */
  async text(): Promise<{ text: string; contentType: string }> {
    this.#copy ??= this.#inText();
    return { text: await this.#copy.metrics(), contentType: this.#copy.contentType };
  }

  /** A registry for the text format. It copies the counters, because OpenMetrics removes `_total` from their names. */
  #inText(): Registry {
    const text = new Registry();
    for (const { name, help } of this.#registry.getMetricsAsArray()) {
      const metric = this.#registry.getSingleMetric(name) as Metric;
      if (!(metric instanceof Counter)) {
        text.registerMetric(metric);
        continue;
      }
      new Counter({
        name,
        help,
        labelNames: this.#labels.get(name) ?? [],
        registers: [text],
        async collect() {
          const { values } = await metric.get();
          this.reset();
          for (const { labels, value } of values) this.inc(labels, value);
        },
      });
    }
    return text;
  }
}
