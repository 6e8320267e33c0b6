// The metrics of the server, as data: the server registers them, and dashboards and rules use their
// names and labels. No side effects.
import { delayBuckets } from "../delay/buckets.ts";
import type { DelaySettings } from "../delay/distribution.ts";

/** The definition of a metric. */
export interface MetricDefinition {
  name: string;
  type: "counter" | "gauge" | "histogram";
  /** Empty if the metric has no unit. */
  unit: "seconds" | "bytes" | "";
  help: string;
  labels: readonly string[];
  /** Upper bounds of a histogram, in its unit, or a function of the configured delays. */
  buckets?: readonly number[] | ((delays: DelaySettings) => readonly number[]);
}

/** The steps of a request. `queue`, `delay` and `response` add up to `total`. */
export const steps = [
  /** Waiting before and after the delay, for the event loop or the request body. */
  "queue",
  "delay",
  /** From the end of the delay until the response is ready. */
  "response",
  "total",
] as const;

/** A value of the label `step`. */
export type Step = (typeof steps)[number];

/** Values of the label `quantile`. */
export const configuredQuantiles = ["0.5", "0.9", "0.95", "0.99"] as const;

/** 1 ms, 2 ms, 4 ms … 16.384 s. */
export const doublingBuckets = Array.from({ length: 15 }, (_, k) => 0.001 * 2 ** k);

/** 0.1 s × 1.5^k, up to half a second: too short for most requests of a slow server. */
const naiveBuckets = Array.from({ length: 5 }, (_, k) => Number((0.1 * 1.5 ** k).toPrecision(6)));

/** The metrics of the server, except those of the process. */
export const metrics = {
  requestDuration: {
    name: "http_request_duration_seconds",
    type: "histogram",
    unit: "seconds",
    help:
      "Time from a request's arrival to its response. Excludes probes, scrapes and aborted requests. " +
      "The buckets depend on the configured delays.",
    labels: ["method", "route", "status"],
    buckets: delayBuckets,
  },
  naiveRequestDuration: {
    name: "http_request_duration_naive_buckets_seconds",
    type: "histogram",
    unit: "seconds",
    help: "The same durations in poorly chosen buckets, which end at half a second, to show how they distort quantiles.",
    labels: ["route"],
    buckets: naiveBuckets,
  },
  executionLatency: {
    name: "httpserver_execution_latency_seconds",
    type: "histogram",
    unit: "seconds",
    help:
      "Time in each step of a request: queue (waiting for the event loop or the request body), delay and " +
      "response (creating the response) add up to total. Excludes probes, scrapes and aborted requests.",
    labels: ["step"],
    buckets: doublingBuckets,
  },
  requests: {
    name: "http_requests_total",
    type: "counter",
    unit: "",
    help: "Completed requests, including probes and scrapes. The status is 499 if the client disconnected before the response.",
    labels: ["method", "route", "status"],
  },
  inFlight: {
    name: "http_requests_in_flight",
    type: "gauge",
    unit: "",
    help: "Requests in progress, including probes and scrapes.",
    labels: [],
  },
  aborted: {
    name: "http_requests_aborted_total",
    type: "counter",
    unit: "",
    help: "Requests whose client disconnected before the response.",
    labels: ["route"],
  },
  injectedErrors: {
    name: "httpserver_injected_errors_total",
    type: "counter",
    unit: "",
    help: "Requests that failed on purpose, at the configured error rate.",
    labels: ["status"],
  },
  responseSize: {
    name: "http_response_size_bytes",
    type: "histogram",
    unit: "bytes",
    help: "Size of response bodies before compression. Excludes probes, scrapes and aborted requests.",
    labels: ["route"],
    buckets: [64, 256, 1024, 4096, 16_384],
  },
  openConnections: {
    name: "httpserver_open_connections",
    type: "gauge",
    unit: "",
    help: "Open client connections.",
    labels: [],
  },
  refusedConnections: {
    name: "httpserver_refused_connections_total",
    type: "counter",
    unit: "",
    help: "Connections closed immediately because maxConnections were open.",
    labels: [],
  },
  malformedRequests: {
    name: "httpserver_malformed_requests_total",
    type: "counter",
    unit: "",
    help: "Requests rejected because they were not valid HTTP, had an invalid URL or exceeded a limit.",
    labels: [],
  },
  droppedLogLines: {
    name: "httpserver_dropped_log_lines_total",
    type: "counter",
    unit: "",
    help: "Log lines dropped because the reader of standard output was too slow.",
    labels: [],
  },
  configuredDelay: {
    name: "httpserver_configured_delay_seconds",
    type: "gauge",
    unit: "seconds",
    help: 'True quantiles of the configured delays, to compare with those of http_request_duration_seconds{route="/"}.',
    labels: ["quantile"],
  },
  buildInfo: {
    name: "httpserver_build_info",
    type: "gauge",
    unit: "",
    help: "A constant 1, labelled with the version, revision and Node version of the running build.",
    labels: ["version", "revision", "node"],
  },
} as const satisfies Record<string, MetricDefinition>;

/** The exported metrics of the process, under prom-client's names. */
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

/** The name of an exported metric. */
export type MetricName = Definition["name"];

/** The label names of a metric, except `le`. */
export type LabelOf<Name extends MetricName> = Extract<Definition, { name: Name }>["labels"][number];

/** The upper bounds of a histogram for the given delays, in the metric's unit, without `+Inf`. */
export function bucketsOf(
  { buckets = [] }: Pick<MetricDefinition, "buckets">,
  delays: DelaySettings,
): readonly number[] {
  return typeof buckets === "function" ? buckets(delays) : buckets;
}
