// The metrics of the server and of the load generator, as data: dashboards and rules use their names and labels too. No side effects.

/** The definition of a metric. */
export interface MetricDefinition {
  name: string;
  type: "counter" | "gauge" | "histogram";
  help: string;
  labels: readonly string[];
}

const definition =
  <Type extends MetricDefinition["type"]>(type: Type) =>
  <const Label extends string = never>(name: string, help = "", labels: readonly Label[] = []) => ({
    name,
    type,
    help,
    labels,
  });

const counter = definition("counter");
const gauge = definition("gauge");
/** Without `buckets`, they depend on the settings, or are those of prom-client. */
const histogram = <const Label extends string>(
  name: string,
  help: string,
  labels: readonly Label[],
  buckets: number[] = [],
) => ({ ...definition("histogram")(name, help, labels), buckets });

/** Values of the label `quantile`. */
export const configuredQuantiles = ["0.5", "0.9", "0.95", "0.99"] as const;

/** 1 ms, 2 ms, 4 ms … 16.384 s. */
const doublingBuckets = Array.from({ length: 15 }, (_, k) => 0.001 * 2 ** k);

/** 0.1 s × 1.5^k, up to half a second: too short for most requests of a slow server. */
const naiveBuckets = Array.from({ length: 5 }, (_, k) => Number((0.1 * 1.5 ** k).toPrecision(6)));

/** The metrics of the server, except those of the process. */
export const metrics = {
  requestDuration: histogram(
    "http_request_duration_seconds",
    "Time from a request's arrival to its response. Excludes probes, scrapes and aborted requests. " +
      "The buckets depend on the configured delays.",
    ["method", "route", "status"],
  ),
  naiveRequestDuration: histogram(
    "http_request_duration_naive_buckets_seconds",
    "The same durations in poorly chosen buckets, which end at half a second, to show how they distort quantiles.",
    ["route"],
    naiveBuckets,
  ),
  executionLatency: histogram(
    "httpserver_execution_latency_seconds",
    "Time in each step of a request: queue (waiting for the event loop or the request body), delay and " +
      "response (creating the response) add up to total. Excludes probes, scrapes and aborted requests.",
    ["step"],
    doublingBuckets,
  ),
  requests: counter(
    "http_requests_total",
    "Completed requests, including probes and scrapes. The status is 499 if the client disconnected before the response.",
    ["method", "route", "status"],
  ),
  inFlight: gauge("http_requests_in_flight", "Requests in progress, including probes and scrapes."),
  aborted: counter("http_requests_aborted_total", "Requests whose client disconnected before the response.", [
    "route",
  ]),
  injectedErrors: counter(
    "httpserver_injected_errors_total",
    "Requests that failed on purpose, at the configured error rate.",
    ["status"],
  ),
  responseSize: histogram(
    "http_response_size_bytes",
    "Size of response bodies before compression. Excludes probes, scrapes and aborted requests.",
    ["route"],
    [64, 256, 1024, 4096, 16_384],
  ),
  openConnections: gauge("httpserver_open_connections", "Open client connections."),
  refusedConnections: counter(
    "httpserver_refused_connections_total",
    "Connections closed immediately because maxConnections were open.",
  ),
  malformedRequests: counter(
    "httpserver_malformed_requests_total",
    "Requests rejected because they were not valid HTTP, had an invalid URL or exceeded a limit.",
  ),
  droppedLogLines: counter(
    "httpserver_dropped_log_lines_total",
    "Log lines dropped because the reader of standard output was too slow.",
  ),
  configuredDelay: gauge(
    "httpserver_configured_delay_seconds",
    'True quantiles of the configured delays, to compare with those of http_request_duration_seconds{route="/"}.',
    ["quantile"],
  ),
  buildInfo: gauge(
    "httpserver_build_info",
    "A constant 1, labelled with the version, revision and Node version of the running build.",
    ["version", "revision", "node"],
  ),
};

/** The metrics of the load generator, as seen by the client. */
export const loadMetrics = {
  requests: counter(
    "load_requests_total",
    'Completed requests by response status, which is "none" if there was no response.',
    ["status"],
  ),
  duration: histogram(
    "load_request_duration_seconds",
    "Time from when a request was due, even if it was sent later, to the end of its response.",
    [],
    doublingBuckets,
  ),
  inFlight: gauge("load_requests_in_flight", "Requests waiting for a response."),
  skipped: counter(
    "load_skipped_requests_total",
    "Requests that were not sent because loadMaxInFlight were in flight.",
  ),
  rate: gauge("load_configured_requests_per_second", "Configured request rate."),
};

/** The exported metrics of the process, under the names of prom-client, which has their help texts. */
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
  garbageCollection: histogram("nodejs_gc_duration_seconds", "", ["kind"]),
};
