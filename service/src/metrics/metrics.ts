import { STATUS_CODES } from "node:http";
import { Counter, Gauge, Histogram } from "prom-client";
import { delayBuckets } from "../delay/buckets.ts";
import { delayQuantile } from "../delay/distribution.ts";
import { logFields } from "../log/line.ts";
import { clientLeft, type RequestRecord } from "../request.ts";
import { isWatching, measuredRoutes, watchingRoutes } from "../routes.ts";
import type { ServerSettings } from "../settings.ts";
import { configuredQuantiles, metrics } from "./definitions.ts";
import { Exposition } from "./exposition.ts";
import { Picture } from "./picture.ts";

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
    ...exposition.about(metrics.requestDuration),
    labelNames: [...metrics.requestDuration.labels, logFields.requestId],
    buckets: delayBuckets(delay),
    enableExemplars: true,
  });
  const naive = naiveBuckets ? histogram(exposition, metrics.naiveRequestDuration) : undefined;
  const latency = histogram(exposition, metrics.executionLatency);
  const size = histogram(exposition, metrics.responseSize);
  const requests = new Counter(exposition.about(metrics.requests));
  const inFlight = new Gauge(exposition.about(metrics.inFlight));
  const aborted = new Counter(exposition.about(metrics.aborted));
  const injectedErrors = new Counter(exposition.about(metrics.injectedErrors));
  const refusedConnections = new Counter(exposition.about(metrics.refusedConnections));
  const malformedRequests = new Counter(exposition.about(metrics.malformedRequests));
  new Counter({
    ...exposition.about(metrics.droppedLogLines),
    collect() {
      this.reset();
      this.inc(sources.droppedLogLines());
    },
  });
  new Gauge({
    ...exposition.about(metrics.openConnections),
    async collect() {
      this.set(await sources.openConnections());
    },
  });
  const configured = new Gauge(exposition.about(metrics.configuredDelay));
  for (const quantile of configuredQuantiles) {
    configured.set({ quantile }, delayQuantile(delay, Number(quantile)) / 1000);
  }
  new Gauge(exposition.about(metrics.buildInfo)).set({ ...sources.build, node: process.version }, 1);
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
  /** The requests with random delays, for the page. */
  const picture = new Picture(delay);

  /** Counts a completed request. Observes its durations unless it is aborted, a probe or a scrape. */
  const observe = (request: RequestRecord) => {
    const { route, delay = 0 } = request;
    const series = seriesOf(request);
    series.requests.inc();
    if (request.aborted) aborted.inc({ route });
    if (request.aborted || series.observed === undefined) return;
    const total = request.total / 1000;
    if (mayHaveExemplar()) {
      const exemplarLabels = { [logFields.requestId]: request.id };
      duration.observe({ labels: series.labels, value: total, exemplarLabels });
    } else {
      series.observed.duration.observe(total);
    }
    series.observed.naive?.observe(total);
    series.observed.size.observe(request.responseSize);
    steps.total.observe(total);
    steps.queue.observe(request.queue / 1000);
    steps.delay.observe(delay / 1000);
    steps.response.observe(request.response / 1000);
    if (route === measuredRoutes.drawn) picture.observe(request.total, delay);
  };

  const requestsInFlight = async () => (await inFlight.get()).values[0]?.value ?? 0;
  return {
    exposition,
    duration,
    inFlight,
    injectedErrors,
    refusedConnections,
    malformedRequests,
    picture,
    observe,
    requestsInFlight,
  };
}

function histogram<Label extends string>(
  exposition: Exposition,
  definition: Parameters<typeof exposition.about<Label>>[0] & { buckets: readonly number[] },
) {
  return new Histogram({ ...exposition.about(definition), buckets: [...definition.buckets] });
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
