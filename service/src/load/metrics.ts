// The metrics of the load generator, as data, like the server's. Pure.
import { doublingBuckets, type MetricDefinition } from "../metrics/definitions.ts";

/** What a client sees of the server. */
export const loadMetrics = {
  requests: {
    name: "load_requests_total",
    type: "counter",
    unit: "",
    help: 'Requests that were sent and ended, by the status of their answer; "none" without one.',
    labels: ["status"],
  },
  duration: {
    name: "load_request_duration_seconds",
    type: "histogram",
    unit: "seconds",
    help: "Time from the moment a request was due, not sent, to the end of its answer: a client that falls behind does not hide it.",
    labels: [],
    buckets: doublingBuckets,
  },
  inFlight: {
    name: "load_requests_in_flight",
    type: "gauge",
    unit: "",
    help: "Requests that wait for their answer.",
    labels: [],
  },
  skipped: {
    name: "load_skipped_requests_total",
    type: "counter",
    unit: "",
    help: "Requests that were due and not sent, because as many as allowed were waiting.",
    labels: [],
  },
  rate: {
    name: "load_configured_requests_per_second",
    type: "gauge",
    unit: "",
    help: "The configured rate.",
    labels: [],
  },
} as const satisfies Record<string, MetricDefinition>;
