// PromQL: selectors made from the metrics' definitions, so that a renamed metric or label is a compile error, and
// the queries that are used in more than one place. A query used once is in its panel or rule.
import { configuredQuantiles, metrics } from "../service/src/metrics/definitions.ts";
import { measuredRoutes } from "../service/src/route-names.ts";

/** What queries need to know about a metric. The delayed server's definitions have this form. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  /** Set for series of a recording rule: they have only these labels. */
  readonly recorded?: true;
}

/** Labels that scraped series get from their target. */
export const targetLabels = [
  "job",
  "instance",
  "namespace",
  "pod",
  "app_kubernetes_io_name",
  "app_kubernetes_io_instance",
] as const;

type TargetLabel = (typeof targetLabels)[number];

type LabelOf<M extends Metric> =
  | M["labels"][number]
  | (M extends { readonly recorded: true } ? never : TargetLabel);

/** Matches a label that is equal to a text, or compares with another operator. */
type Matcher = string | { readonly operator: "=~" | "!~"; readonly value: string };

/** Matchers by label. */
type Matchers<Label extends string> = { readonly [L in Label]?: Matcher };

export const matches = (value: string): Matcher => ({ operator: "=~", value });
export const matchesNot = (value: string): Matcher => ({ operator: "!~", value });

/** Makes a function that selects the series of metrics of a type, by labels that they have. */
const selectorOf =
  <Type extends Metric["type"], Extra extends string = never>(suffix: string) =>
  <M extends Metric & { readonly type: Type }>(metric: M, where: Matchers<LabelOf<M> | Extra> = {}): string =>
    selector(`${metric.name}${suffix}`, where);

/** Series of a counter or a gauge. */
export const series = selectorOf<"counter" | "gauge">("");
/** Cumulative buckets of a histogram. */
export const buckets = selectorOf<"histogram", "le">("_bucket");
/** Number of observations of a histogram. */
export const counts = selectorOf<"histogram">("_count");

/** Series of any metric: `name{label="value", …}`. */
export function selector(name: string, where: Matchers<string>): string {
  const matchers = Object.entries(where).map(([label, matcher = ""]) =>
    typeof matcher === "string"
      ? `${label}=${JSON.stringify(matcher)}`
      : `${label}${matcher.operator}${JSON.stringify(matcher.value)}`,
  );
  return matchers.length === 0 ? name : `${name}{${matchers.join(", ")}}`;
}

/** The range of a rate. With `recordedEvery`, in seconds, the recorded sums are read if all pods are selected. */
export type Range = string | { readonly over: string; readonly recordedEvery: number };

/** The ranges of panels: around each point, and the whole selected time range. */
export function panelRanges({ manyPods, scrapeInterval }: { manyPods?: boolean; scrapeInterval: number }) {
  const of = (over: string): Range => (manyPods ? { over, recordedEvery: scrapeInterval } : over);
  return { rateInterval: of("$__rate_interval"), wholeRange: of("$__range") };
}

/** Makes a function for the growth of counters of a type over a range, by labels that they have. */
const growthOf =
  <Type extends Metric["type"], Extra extends string = never>(kind: "rate" | "increase", suffix: string) =>
  <M extends Metric & { readonly type: Type }>(
    metric: M,
    where: Matchers<LabelOf<M> | Extra>,
    range: Range,
  ): string => {
    const name = `${metric.name}${suffix}`;
    const over = typeof range === "string" ? range : range.over;
    const growth = (matchers: Matchers<string>) => `${kind}(${selector(name, matchers)}[${over}])`;
    if (typeof range === "string" || !(name in summedOverPods)) return growth(where);
    const { pod: _, instance: __, ...others }: Matchers<string> = where;
    const sums = `${selector(sumOverPods(name), { ...others, ...ifAllPods })}[${over}]`;
    const ofAll =
      kind === "rate" ? `avg_over_time(${sums})` : `sum_over_time(${sums}) * ${range.recordedEvery}`;
    return `(${ofAll} or ${growth({ ...where, ...ifSomePods })})`;
  };

/** Growth per second. */
export const rate = {
  series: growthOf<"counter">("rate", ""),
  buckets: growthOf<"histogram", "le">("rate", "_bucket"),
  counts: growthOf<"histogram">("rate", "_count"),
  sums: growthOf<"histogram">("rate", "_sum"),
};
const increaseOfBuckets = growthOf<"histogram", "le">("increase", "_bucket");

/**
 * Matchers that select series only if the dashboard's variables select all pods and instances, or only if
 * they don't. PromQL has no condition, but a matcher of a label that no series has compares with the empty
 * text: the pattern `.*` of All matches it, and a pod's name does not.
 */
const ifAllPods = { none: { operator: "=~", value: "$pod$instance" } } as const;
const ifSomePods = { none: { operator: "!~", value: "$pod$instance" } } as const;

/** The series whose sums over all pods are recorded if there are many pods, and the labels that remain. */
export const summedOverPods: Readonly<Record<string, string>> = {
  [`${metrics.requestDuration.name}_bucket`]: "job, namespace, route, le",
  [`${metrics.requestDuration.name}_count`]: "job, namespace, route, status",
  [`${metrics.naiveRequestDuration.name}_bucket`]: "job, namespace, route, le",
  [`${metrics.executionLatency.name}_sum`]: "job, namespace, step",
  [`${metrics.executionLatency.name}_count`]: "job, namespace, step",
  [metrics.requests.name]: "job, namespace, route, status",
  [metrics.aborted.name]: "job, namespace, route",
};

/** The recorded average of the configured delays over many pods. */
export const averageDelay = `all_pods:${metrics.configuredDelay.name}:avg`;

/** The recorded rate of such a sum. */
export const sumOverPods = (name: string) => `all_pods:${name}:rate`;

/** Formats whole seconds in the largest unit that divides them: `20s`, `72m`, `6h`, `30d`. */
export function promDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const units = { d: 86_400, h: 3600, m: 60 };
  const [unit, size] = Object.entries(units).find(([, size]) => whole % size === 0 && whole > 0) ?? ["s", 1];
  return `${whole / size}${unit}`;
}

/** The targets that a query selects. */
export type Scope = Matchers<TargetLabel>;

/** The servers selected by the dashboard's variables. */
export const chosenServers = {
  job: matches("$job"),
  namespace: matches("$namespace"),
  pod: matches("$pod"),
  instance: matches("$instance"),
} satisfies Scope;

/** The servers and routes selected by the variables. */
export const chosenRequests = { ...chosenServers, route: matches("$route") };

/** The targets selected by the variables of the monitoring dashboard. */
export const chosenTargets = { job: matches("$job"), instance: matches("$instance") } satisfies Scope;

type Where = Scope & Matchers<"route">;

/** All requests together, or each route. */
type By = "all" | "route";
const sumBy = { all: "sum", route: "sum by (route) " } as const;

/** Answered requests per second, without probes, scrapes and aborted requests. */
export function requestRate(by: By, where: Where, range: Range): string {
  return `${sumBy[by]}(${rate.counts(metrics.requestDuration, where, range)})`;
}

/** Requests per second that failed by the server's fault; 0 instead of nothing if none failed. */
export function errorRate(by: By, where: Where, range: Range): string {
  const failed = rate.counts(metrics.requestDuration, { ...where, status: matches("5..") }, range);
  return `${sumBy[by]}(${failed})\nor ${requestRate(by, where, range)} * 0`;
}

/** Share of failed requests. */
export function errorRatio(by: By, where: Where, range: Range): string {
  return `(${errorRate(by, where, range)}) / ${requestRate(by, where, range)}`;
}

/** The quantiles for which the server reports the configured delay, and which dashboards show. */
export const quantiles = configuredQuantiles;
export type Quantile = (typeof quantiles)[number];

/** Display name of a quantile: `p99` for `0.99`. */
export function percentile(quantile: Quantile): string {
  return `p${Number((Number(quantile) * 100).toPrecision(4))}`;
}

/** Only these requests have random delays, so only they are compared with the configured ones. */
export const drawn = { route: measuredRoutes.drawn };

/** A quantile of the duration, from the buckets derived from the delays. */
export function latencyQuantile(by: By, quantile: Quantile, where: Where, range: Range): string {
  const labels = by === "route" ? "le, route" : "le";
  return `histogram_quantile(${quantile}, sum by (${labels}) (${rate.buckets(metrics.requestDuration, where, range)}))`;
}

/** If all of many pods are selected: those whose address ends in 0, and servers that are named. */
function someOf(where: Where): Matchers<string> {
  return { ...where, instance: matches(".*([0a-z]|0]):[0-9]+"), ...ifAllPods };
}

/** Series of so many kinds that nothing records their sums over all pods: if all of them are selected, those of some pods. */
export function ofSomePods(name: string, where: Matchers<string>): string {
  return `(${selector(name, someOf(where))} or ${selector(name, { ...where, ...ifSomePods })})`;
}

/**
 * For panels that read recorded sums, which have no exemplars: selects none of the series, but Grafana asks
 * for their exemplars. Those of all pods would be too many.
 */
export function exemplarsOfSomePods(where: Where): string {
  return `${ofSomePods(`${metrics.requestDuration.name}_bucket`, where)} < 0`;
}

/** Number of requests in each bucket over a range. */
export function latencyHistogram(where: Where, range: Range): string {
  return `sum by (le) (${increaseOfBuckets(metrics.requestDuration, where, range)})`;
}

/** The true quantiles of the configured delays. */
export function configuredDelay(where: Scope, range: Range): string {
  const name = metrics.configuredDelay.name;
  if (typeof range === "string") return `avg by (quantile) (${selector(name, where)})`;
  const { pod: _, instance: __, ...others }: Matchers<string> = where;
  const ofAll = selector(averageDelay, { ...others, ...ifAllPods });
  return `avg by (quantile) (${ofAll} or ${selector(name, { ...where, ...ifSomePods })})`;
}

/** Measured quantiles of the random delays over a range, from the buckets derived from the delays. */
export function measuredQuantiles(where: Scope, range: Range): string {
  return eachQuantile(latencyHistogram({ ...where, ...drawn }, range));
}

/** The same from the buckets 0.1 s × 1.5^k. */
export function naiveQuantiles(where: Scope, range: Range): string {
  const histogram = increaseOfBuckets(metrics.naiveRequestDuration, { ...where, ...drawn }, range);
  return eachQuantile(`sum by (le) (${histogram})`);
}

function eachQuantile(histogram: string): string {
  return quantiles
    .map((q) => `label_replace(histogram_quantile(${q}, ${histogram}), "quantile", "${q}", "", "")`)
    .join("\nor ");
}

/** Relative error of measured quantiles, compared with the configured ones. */
export function errorOf(measured: typeof measuredQuantiles, where: Scope, range: Range): string {
  return `(${measured(where, range)}) / on (quantile) ${configuredDelay(where, range)} - 1`;
}

const recorded = <const Label extends string>(name: string, ...labels: readonly Label[]) =>
  ({ name, type: "gauge", labels, recorded: true }) as const;

/** The two objectives, as values of the label `slo`. */
export const slos = ["availability", "latency"] as const;
export type Slo = (typeof slos)[number];

/** Series of the recording rules about objectives. */
export const kept = {
  /** Requests per second. */
  requests: recorded("slo:requests:rate", "slo"),
  /** Requests per second that missed the objective. */
  errors: recorded("slo:errors:rate", "slo"),
  /** Share of requests that must meet the objective. */
  objective: recorded("slo:objective:ratio", "slo"),
  /** How many times faster than allowed the error budget is spent, averaged over a window. */
  burnRate: recorded("slo:burn_rate:ratio", "slo", "window"),
  /** Remaining share of the error budget; negative if it is exceeded. */
  budgetLeft: recorded("slo:budget_left:ratio", "slo"),
};

/** Series of the recording rules by route, over five minutes. */
export const recent = {
  /** Requests per second. */
  rate: recorded("route:http_requests:rate5m", "route"),
  /** Share of failed requests. */
  errors: recorded("route:http_request_errors:ratio_rate5m", "route"),
  /** Quantiles of the duration. */
  quantile: recorded("route:http_request_duration_seconds:quantile_rate5m", "quantile", "route"),
};

/** Series that Prometheus adds for every target. */
export const up = { name: "up", type: "gauge", labels: [] } as const satisfies Metric;

/** Selects the firing alerts about delayed servers among the series that Prometheus adds for alerts. */
export const firingAlerts = 'ALERTS{alertname=~"DelayedServer.+", alertstate="firing"}';
