import {
  collectDefaultMetrics,
  type Metric,
  type OpenMetricsContentType,
  openMetricsContentType,
  prometheusContentType,
  Registry,
} from "prom-client";
import { type MetricDefinition, processMetrics } from "./definitions.ts";

/** The registry of all metrics, and its metrics in both formats that Prometheus scrapes. */
export class Exposition {
  readonly #registry = new Registry<OpenMetricsContentType>();

  constructor() {
    this.#registry.setContentType(openMetricsContentType);
  }

  /** The options of a metric, for its constructor. */
  options<D extends MetricDefinition, const Label extends string>(
    definition: D & { labels: readonly Label[] },
  ) {
    const { labels, type, ...options } = definition;
    return { ...options, labelNames: labels, registers: [this.#registry] };
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
  async openMetrics() {
    const text = await this.#registry.metrics();
    // OpenMetrics requires bucket bounds to be floats.
    return { text: text.replace(/le="(\d+)"/g, 'le="$1.0"'), contentType: openMetricsContentType };
  }

  /** Text format 0.0.4. A registry has one format: OpenMetrics removes `_total` from the names of its counters. */
  async text() {
    const text = (await this.#registry.metrics())
      .replace(/^# HELP (.+?) (.*)\n# TYPE \1 counter$/gm, "# HELP $1_total $2\n# TYPE $1_total counter")
      .replace(/ # \{.*$/gm, "")
      .replace(/# EOF\n$/, "");
    return { text, contentType: prometheusContentType };
  }
}
