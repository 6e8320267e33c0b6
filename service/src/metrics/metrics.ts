import { STATUS_CODES } from "node:http";
import { Counter, Gauge, Histogram } from "prom-client";
import { delayBuckets } from "../delay/buckets.ts";
import { delayQuantile } from "../delay/distribution.ts";
import { logFields } from "../log/log.ts";
import { clientLeft, type RequestRecord } from "../request.ts";
import { isWatching, measuredRoutes, watchingRoutes } from "../route-names.ts";
import type { ServerSettings } from "../settings.ts";
import { configuredQuantiles, metrics } from "./definitions.ts";
import { Exposition } from "./exposition.ts";

/** Values that are read at each scrape. */
export interface Sources {
  droppedLogLines: () => number;
  openConnections: () => Promise<number>;
  build: { version: string; revision: string };
}

export type ServerMetrics = ReturnType<typeof serverMetrics>;

/** Creates the metrics of the server. */
export function serverMetrics({ delay, naiveBuckets }: ServerSettings, sources: Sources) {
  const exposition = new Exposition();
  const duration = new Histogram({
    ...exposition.options(metrics.requestDuration),
    labelNames: [...metrics.requestDuration.labels, logFields.requestId],
    buckets: delayBuckets(delay),
    enableExemplars: true,
  });
  const naive = naiveBuckets ? new Histogram(exposition.options(metrics.naiveRequestDuration)) : undefined;
  const latency = new Histogram(exposition.options(metrics.executionLatency));
  const size = new Histogram(exposition.options(metrics.responseSize));
  const requests = new Counter(exposition.options(metrics.requests));
  const inFlight = new Gauge(exposition.options(metrics.inFlight));
  const aborted = new Counter(exposition.options(metrics.aborted));
  const injectedErrors = new Counter(exposition.options(metrics.injectedErrors));
  const refusedConnections = new Counter(exposition.options(metrics.refusedConnections));
  const malformedRequests = new Counter(exposition.options(metrics.malformedRequests));
  new Counter({
    ...exposition.options(metrics.droppedLogLines),
    collect() {
      this.reset();
      this.inc(sources.droppedLogLines());
    },
  });
  new Gauge({
    ...exposition.options(metrics.openConnections),
    async collect() {
      this.set(await sources.openConnections());
    },
  });
  const configured = new Gauge(exposition.options(metrics.configuredDelay));
  for (const quantile of configuredQuantiles) {
    configured.set({ quantile }, delayQuantile(delay, Number(quantile)) / 1000);
  }
  new Gauge(exposition.options(metrics.buildInfo)).set({ ...sources.build, node: process.version }, 1);
  exposition.addProcessMetrics();

  // Starts these series at zero, so that `rate()` includes the first increase.
  for (const route of Object.values({ ...measuredRoutes, ...watchingRoutes })) aborted.inc({ route }, 0);
  for (const one of [naive, size]) one?.zero({ route: measuredRoutes.drawn });
  for (const step of ["queue", "delay", "response", "total"]) latency.zero({ step });
  const steps = {
    queue: latency.labels("queue"),
    delay: latency.labels("delay"),
    response: latency.labels("response"),
    total: latency.labels("total"),
  };

  const labelsOf = boundedLabels();
  const createSeries = (request: RequestRecord) => {
    const { route } = request;
    const labels = labelsOf(request);
    const observed = isWatching(route)
      ? undefined
      : { duration: duration.labels(labels), size: size.labels(route), naive: naive?.labels(route) };
    return { labels, requests: requests.labels(labels), observed };
  };
  // The series of each method, route and status, because prom-client looks them up slowly.
  const known = new Map<string, ReturnType<typeof createSeries>>();
  const seriesOf = (request: RequestRecord) => {
    const key = `${request.method} ${request.route} ${request.status}`;
    const series = known.get(key) ?? createSeries(request);
    known.set(key, series);
    return series;
  };

  const mayHaveExemplar = atMostPerSecond(1000);

  /** Counts a completed request. Observes its durations unless it is aborted, a probe or a scrape. */
  const observe = (request: RequestRecord) => {
    const { labels, requests, observed } = seriesOf(request);
    requests.inc();
    if (request.aborted) aborted.inc({ route: request.route });
    if (request.aborted || observed === undefined) return;
    const value = request.total / 1000;
    if (mayHaveExemplar()) {
      duration.observe({ labels, value, exemplarLabels: { [logFields.requestId]: request.id } });
    } else {
      observed.duration.observe(value);
    }
    observed.naive?.observe(value);
    observed.size.observe(request.responseSize);
    steps.total.observe(value);
    steps.queue.observe(request.queue / 1000);
    steps.delay.observe((request.delay ?? 0) / 1000);
    steps.response.observe(request.response / 1000);
  };

  const requestsInFlight = async () => (await inFlight.get()).values[0]?.value ?? 0;

  /** The mean time in milliseconds that serving adds to a delay; 0 before the first request. */
  const meanOverhead = async () => {
    const { values } = await latency.get();
    const of = (step: string, end: string) =>
      values.find((one) => one.labels.step === step && one.metricName?.endsWith(end))?.value ?? 0;
    return (1000 * (of("total", "_sum") - of("delay", "_sum"))) / Math.max(of("total", "_count"), 1);
  };

  return {
    exposition,
    duration,
    inFlight,
    injectedErrors,
    refusedConnections,
    malformedRequests,
    observe,
    requestsInFlight,
    meanOverhead,
  };
}

/** Limits exemplars: each costs as much as an observation, and a scrape has one per bucket. */
function atMostPerSecond(limit: number): () => boolean {
  let second = { since: Number.NEGATIVE_INFINITY, left: 0 };
  return () => {
    const now = performance.now();
    if (now - second.since >= 1000) second = { since: now, left: limit };
    return second.left-- > 0;
  };
}

/** Maximum number of series per metric. Further combinations are merged. */
const maxSeries = 100;

const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Limits the number of label values, because clients choose methods and statuses. */
function boundedLabels() {
  const known = new Set<string>();
  return ({ method, route, status }: Pick<RequestRecord, "method" | "route" | "status">) => {
    const statusClass = `${Math.floor(status / 100)}xx`;
    const exact = {
      method: methods.has(method) ? method : "OTHER",
      route,
      status: status === clientLeft || status in STATUS_CODES ? String(status) : statusClass,
    };
    const key = Object.values(exact).join(" ");
    if (!known.has(key) && known.size >= maxSeries) return { method: "OTHER", route, status: statusClass };
    known.add(key);
    return exact;
  };
}
