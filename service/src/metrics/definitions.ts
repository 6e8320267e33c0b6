// Every metric of the server, once, as data: the server registers them from
// here, dashboards and rules take names and labels from here. Pure.
import { delayBuckets } from "../delay/buckets.ts";
import type { DelaySettings } from "../delay/distribution.ts";

/** What a metric is: its name and everything a reader of it has to know. */
export interface MetricDefinition {
  name: string;
  type: "counter" | "gauge" | "histogram";
  /** Empty for plain numbers. */
  unit: "seconds" | "bytes" | "";
  help: string;
  labels: readonly string[];
  /** Upper bounds of a histogram in its unit, or how they follow from the delays. */
  buckets?: readonly number[] | ((delays: DelaySettings) => readonly number[]);
}

/** The parts of handling a request, in order; `queue`, `delay` and `response` add up to `total`. */
export const steps = [
  /** Waiting before the delay begins and after it is over: for the event loop, or for the rest of the request. */
  "queue",
  /** The delay itself. */
  "delay",
  /** From the end of the delay until the response is there. */
  "response",
  "total",
] as const;

/** A value of the label `step`. */
export type Step = (typeof steps)[number];

/** The quantiles that the configured delays are shown at, as values of the label `quantile`. */
export const configuredQuantiles = ["0.5", "0.9", "0.95", "0.99"] as const;

/** 1 ms, 2 ms, 4 ms … 16.384 s. */
export const doublingBuckets = Array.from({ length: 15 }, (_, k) => 0.001 * 2 ** k);

/** 0.1 s × 1.5^k: ends at half a second, where most requests of a slow server have not even begun to end. */
const naiveBuckets = Array.from({ length: 5 }, (_, k) => Number((0.1 * 1.5 ** k).toPrecision(6)));

/** The server's own metrics. */
export const metrics = {
  requestDuration: {
    name: "http_request_duration_seconds",
    type: "histogram",
    unit: "seconds",
    help:
      "Time from a request's arrival to its response, without probes, scrapes and aborted requests. " +
      "Buckets follow from the configured delays.",
    labels: ["method", "route", "status"],
    buckets: delayBuckets,
  },
  naiveRequestDuration: {
    name: "http_request_duration_naive_buckets_seconds",
    type: "histogram",
    unit: "seconds",
    help: "The same in buckets that end at half a second: shows how wrong quantiles get with buckets that do not fit.",
    labels: ["route"],
    buckets: naiveBuckets,
  },
  executionLatency: {
    name: "httpserver_execution_latency_seconds",
    type: "histogram",
    unit: "seconds",
    help:
      "Time in each step of a request: queue (for the event loop or the request's body), delay, " +
      "response (making the response), which add up to total. Without probes, scrapes and aborted requests.",
    labels: ["step"],
    buckets: doublingBuckets,
  },
  requests: {
    name: "http_requests_total",
    type: "counter",
    unit: "",
    help: "Requests that ended, probes and scrapes included; status 499 when the client left before its response.",
    labels: ["method", "route", "status"],
  },
  inFlight: {
    name: "http_requests_in_flight",
    type: "gauge",
    unit: "",
    help: "Requests that have arrived and not ended, probes and scrapes included.",
    labels: [],
  },
  aborted: {
    name: "http_requests_aborted_total",
    type: "counter",
    unit: "",
    help: "Requests whose client left before there was a response.",
    labels: ["route"],
  },
  injectedErrors: {
    name: "httpserver_injected_errors_total",
    type: "counter",
    unit: "",
    help: "Requests that failed because the configured error rate drew them.",
    labels: ["status"],
  },
  responseSize: {
    name: "http_response_size_bytes",
    type: "histogram",
    unit: "bytes",
    help: "Size of the response bodies, before compression. Without probes, scrapes and aborted requests.",
    labels: ["route"],
    buckets: [64, 256, 1024, 4096, 16_384],
  },
  openConnections: {
    name: "httpserver_open_connections",
    type: "gauge",
    unit: "",
    help: "Client connections that are open.",
    labels: [],
  },
  refusedConnections: {
    name: "httpserver_refused_connections_total",
    type: "counter",
    unit: "",
    help: "Connections closed at once because maxConnections were open.",
    labels: [],
  },
  malformedRequests: {
    name: "httpserver_malformed_requests_total",
    type: "counter",
    unit: "",
    help: "What clients sent that was no HTTP request, named no URL or exceeded a limit.",
    labels: [],
  },
  droppedLogLines: {
    name: "httpserver_dropped_log_lines_total",
    type: "counter",
    unit: "",
    help: "Log lines dropped because the reader of the output was too slow.",
    labels: [],
  },
  configuredDelay: {
    name: "httpserver_configured_delay_seconds",
    type: "gauge",
    unit: "seconds",
    help: 'True quantiles of the configured delays: what http_request_duration_seconds{route="/"} should read.',
    labels: ["quantile"],
  },
  buildInfo: {
    name: "httpserver_build_info",
    type: "gauge",
    unit: "",
    help: "Always 1; the labels tell which build is running.",
    labels: ["version", "revision", "node"],
  },
} as const satisfies Record<string, MetricDefinition>;

/** The metrics of the process that prom-client collects under its own names. */
export const processMetrics = {
  cpu: { name: "process_cpu_seconds_total", type: "counter", unit: "seconds", labels: [] },
  residentMemory: { name: "process_resident_memory_bytes", type: "gauge", unit: "bytes", labels: [] },
  startTime: { name: "process_start_time_seconds", type: "gauge", unit: "seconds", labels: [] },
  openFiles: { name: "process_open_fds", type: "gauge", unit: "", labels: [] },
  maxFiles: { name: "process_max_fds", type: "gauge", unit: "", labels: [] },
  eventLoopLag: { name: "nodejs_eventloop_lag_seconds", type: "gauge", unit: "seconds", labels: [] },
  eventLoopLagP50: { name: "nodejs_eventloop_lag_p50_seconds", type: "gauge", unit: "seconds", labels: [] },
  eventLoopLagP99: { name: "nodejs_eventloop_lag_p99_seconds", type: "gauge", unit: "seconds", labels: [] },
  heapTotal: { name: "nodejs_heap_size_total_bytes", type: "gauge", unit: "bytes", labels: [] },
  heapUsed: { name: "nodejs_heap_size_used_bytes", type: "gauge", unit: "bytes", labels: [] },
  garbageCollection: {
    name: "nodejs_gc_duration_seconds",
    type: "histogram",
    unit: "seconds",
    labels: ["kind"],
  },
} as const satisfies Record<string, Omit<MetricDefinition, "help">>;

type Definition =
  | (typeof metrics)[keyof typeof metrics]
  | (typeof processMetrics)[keyof typeof processMetrics];

/** The name of any metric that the server exports. */
export type MetricName = Definition["name"];

/** The names of the labels of a metric; never `le`, which a query on a histogram adds. */
export type LabelOf<Name extends MetricName> = Extract<Definition, { name: Name }>["labels"][number];

/** The upper bounds of a histogram for these delays, in the metric's unit, without `+Inf`. */
export function bucketsOf(
  { buckets = [] }: Pick<MetricDefinition, "buckets">,
  delays: DelaySettings,
): readonly number[] {
  return typeof buckets === "function" ? buckets(delays) : buckets;
}
