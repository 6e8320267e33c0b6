import { collectDefaultMetrics, type Metric, type OpenMetricsContentType, Registry } from "prom-client";
import { type Cell, type Exemplar, HistogramCells, type Series } from "./cells.ts";
import { processMetrics } from "./definitions.ts";

/** A value as prom-client writes it out. */
interface Value {
  metricName: string;
  labels: Record<string, string | number>;
  sharedLabels?: Record<string, string>;
  value: number;
  exemplar?: { labelSet: { request_id: string }; value: number; timestamp: number } | undefined;
}

/** What prom-client's registry asks of a metric. */
interface Readable {
  name: string;
  help: string;
  type: string;
  get: () => Promise<{ name: string; help: string; type: string; values: Value[] }>;
}

/** The two text formats that Prometheus scrapes. */
export interface Registries {
  /** Text format 0.0.4. */
  text: Registry;
  /** OpenMetrics 1.0.0, with exemplars. */
  openMetrics: Registry<OpenMetricsContentType>;
}

/** Registers the server's series and the process's metrics for both formats. */
export function registriesOf(all: readonly Series<Cell | HistogramCells>[]): Registries {
  const text = new Registry();
  const openMetrics = new Registry<OpenMetricsContentType>();
  openMetrics.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const series of all) {
    register(text, readable(series));
    register(openMetrics, readable(series));
  }
  for (const metric of collectedByProcess()) {
    register(text, metric);
    register(openMetrics, withoutTotal(metric));
  }
  return { text, openMetrics };
}

function register(registry: Registry | Registry<OpenMetricsContentType>, metric: Readable): void {
  registry.registerMetric(metric as unknown as Metric);
}

function readable({ definition, all }: Series<Cell | HistogramCells>): Readable {
  const { help, type } = definition;
  const metric: Readable = {
    name: definition.name,
    help,
    type,
    // The OpenMetrics registry takes `_total` off the metric's name and puts it back on its values.
    get: async () => ({
      name: metric.name,
      help,
      type,
      values: all.flatMap(({ labels, cells }) =>
        cells instanceof HistogramCells
          ? bucketValues(metric.name, labels, cells)
          : { metricName: metric.name, labels, value: cells.value },
      ),
    }),
  };
  return metric;
}

function bucketValues(name: string, labels: Record<string, string>, cells: HistogramCells): Value[] {
  let count = 0;
  const values: Value[] = [];
  cells.counts.forEach((inBucket, i) => {
    count += inBucket;
    values.push({
      metricName: `${name}_bucket`,
      labels: { le: cells.bounds[i] ?? "+Inf" },
      sharedLabels: labels,
      value: count,
      exemplar: exemplarOf(cells.exemplars[i]),
    });
  });
  values.push({ metricName: `${name}_sum`, labels, value: cells.sum });
  values.push({ metricName: `${name}_count`, labels, value: count });
  return values;
}

function exemplarOf(exemplar: Exemplar | undefined): Value["exemplar"] {
  if (exemplar === undefined) return undefined;
  const { requestId, value, time } = exemplar;
  // Nothing is measured more finely than to the nanosecond; what floating point adds is only longer.
  return { labelSet: { request_id: requestId }, value: Number(value.toFixed(9)), timestamp: time / 1000 };
}

/** prom-client's metrics of the process, but for those that cost more the more connections are open. */
function collectedByProcess(): Readable[] {
  const collected = new Registry();
  collectDefaultMetrics({ register: collected });
  return Object.values(processMetrics).map(({ name }) => {
    const metric = collected.getSingleMetric(name);
    if (metric === undefined) throw new Error(`prom-client has no metric ${name}`);
    return metric as unknown as Readable;
  });
}

/** The same metric for the OpenMetrics registry, which renames counters and must not rename the other's. */
function withoutTotal(metric: Readable): Readable {
  const view: Readable = {
    name: metric.name,
    help: metric.help,
    type: metric.type,
    get: async () => ({ ...(await metric.get()), name: view.name }),
  };
  return view;
}
