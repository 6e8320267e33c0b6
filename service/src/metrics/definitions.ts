// The metrics of the server and of the load generator, as data: dashboards and rules use their names and labels too. No side effects.

/** The definition of a metric. */
export interface MetricDefinition {
  name: string;
  type: "counter" | "gauge" | "histogram";
  help: string;
  labels: readonly string[];
  /** The upper bounds of a histogram. */
  buckets?: readonly number[];
}

/** Values of the label `quantile`. */
export const configuredQuantiles = ["0.5", "0.9", "0.95", "0.99"] as const;

/** 1 ms, 2 ms, 4 ms … 16.384 s. */
const doublingBuckets = Array.from({ length: 15 }, (_, k) => 0.001 * 2 ** k);

/** 0.1 s × 1.5^k, up to half a second: too short for most requests of a slow server. */
const naiveBuckets = Array.from({ length: 5 }, (_, k) => Number((0.1 * 1.5 ** k).toPrecision(6)));

/** The metrics of the server, except those of the process. */
export const metrics = {
  requestDuration: {
    name: "http_request_duration_seconds",
    type: "histogram",
    help:
      "Time from a request's arrival to its response. Excludes probes, scrapes and aborted requests. " +
      "The buckets depend on the configured delays.",
    labels: ["method", "route", "status"],
  },
  naiveRequestDuration: {
    name: "http_request_duration_naive_buckets_seconds",
    type: "histogram",
    help: "The same durations in poorly chosen buckets, which end at half a second, to show how they distort quantiles.",
    labels: ["route"],
    buckets: naiveBuckets,
  },
  executionLatency: {
    name: "httpserver_execution_latency_seconds",
    type: "histogram",
    help:
      "Time in each step of a request: queue (waiting for the event loop or the request body), delay and " +
      "response (creating the response) add up to total. Excludes probes, scrapes and aborted requests.",
    labels: ["step"],
    buckets: doublingBuckets,
  },
  requests: {
    name: "http_requests_total",
    type: "counter",
    help: "Completed requests, including probes and scrapes. The status is 499 if the client disconnected before the response.",
    labels: ["method", "route", "status"],
  },
  inFlight: {
    name: "http_requests_in_flight",
    type: "gauge",
    help: "Requests in progress, including probes and scrapes.",
    labels: [],
  },
  aborted: {
    name: "http_requests_aborted_total",
    type: "counter",
    help: "Requests whose client disconnected before the response.",
    labels: ["route"],
  },
  injectedErrors: {
    name: "httpserver_injected_errors_total",
    type: "counter",
    help: "Requests that failed on purpose, at the configured error rate.",
    labels: ["status"],
  },
  responseSize: {
    name: "http_response_size_bytes",
    type: "histogram",
    help: "Size of response bodies before compression. Excludes probes, scrapes and aborted requests.",
    labels: ["route"],
    buckets: [64, 256, 1024, 4096, 16_384],
  },
  openConnections: {
    name: "httpserver_open_connections",
    type: "gauge",
    help: "Open client connections.",
    labels: [],
  },
  refusedConnections: {
    name: "httpserver_refused_connections_total",
    type: "counter",
    help: "Connections closed immediately because maxConnections were open.",
    labels: [],
  },
  malformedRequests: {
    name: "httpserver_malformed_requests_total",
    type: "counter",
    help: "Requests rejected because they were not valid HTTP, had an invalid URL or exceeded a limit.",
    labels: [],
  },
  droppedLogLines: {
    name: "httpserver_dropped_log_lines_total",
    type: "counter",
    help: "Log lines dropped because the reader of standard output was too slow.",
    labels: [],
  },
  configuredDelay: {
    name: "httpserver_configured_delay_seconds",
    type: "gauge",
    help: 'True quantiles of the configured delays, to compare with those of http_request_duration_seconds{route="/"}.',
    labels: ["quantile"],
  },
  buildInfo: {
    name: "httpserver_build_info",
    type: "gauge",
    help: "A constant 1, labelled with the version, revision and Node version of the running build.",
    labels: ["version", "revision", "node"],
  },
} as const satisfies Record<string, MetricDefinition>;

/** The metrics of the load generator, as seen by the client. */
export const loadMetrics = {
  requests: {
    name: "load_requests_total",
    type: "counter",
    help: 'Completed requests by response status, which is "none" if there was no response.',
    labels: ["status"],
  },
  duration: {
    name: "load_request_duration_seconds",
    type: "histogram",
    help: "Time from when a request was due, even if it was sent later, to the end of its response.",
    labels: [],
    buckets: doublingBuckets,
  },
  inFlight: {
    name: "load_requests_in_flight",
    type: "gauge",
    help: "Requests waiting for a response.",
    labels: [],
  },
  skipped: {
    name: "load_skipped_requests_total",
    type: "counter",
    help: "Requests that were not sent because loadMaxInFlight were in flight.",
    labels: [],
  },
  rate: {
    name: "load_configured_requests_per_second",
    type: "gauge",
    help: "Configured request rate.",
    labels: [],
  },
} as const satisfies Record<string, MetricDefinition>;

const counter = <const Name extends string>(name: Name) => ({ name, type: "counter", labels: [] }) as const;
const gauge = <const Name extends string>(name: Name) => ({ name, type: "gauge", labels: [] }) as const;

/** The exported metrics of the process, under prom-client's names. */
export const processMetrics = {
  cpu: counter("process_cpu_seconds_total"),
  residentMemory: gauge("process_resident_memory_bytes"),
  startTime: gauge("process_start_time_seconds"),
  openFiles: gauge("process_open_fds"),
  maxFiles: gauge("process_max_fds"),
  eventLoopLag: gauge("nodejs_eventloop_lag_seconds"),
  eventLoopLagP50: gauge("nodejs_eventloop_lag_p50_seconds"),
  eventLoopLagP99: gauge("nodejs_eventloop_lag_p99_seconds"),
  heapTotal: gauge("nodejs_heap_size_total_bytes"),
  heapUsed: gauge("nodejs_heap_size_used_bytes"),
  garbageCollection: { name: "nodejs_gc_duration_seconds", type: "histogram", labels: ["kind"] },
} as const satisfies Record<string, Omit<MetricDefinition, "help">>;
