// The metrics of the load generator, as data, like those of the server. No side effects.
import { doublingBuckets, type MetricDefinition } from "../metrics/definitions.ts";

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
