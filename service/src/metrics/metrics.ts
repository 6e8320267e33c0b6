import type { Counter, Gauge, Histogram } from "prom-client";
import { delayQuantile } from "../delay/distribution.ts";
import type { EndedRequest } from "../ended-request.ts";
import { logFields } from "../log/line.ts";
import { isWatching, measuredRoutes, watchingRoutes } from "../routes.ts";
import type { ServerSettings } from "../settings.ts";
import { bucketsOf, configuredQuantiles, type LabelOf, metrics, type Step, steps } from "./definitions.ts";
import { Exposition } from "./exposition.ts";
import { BoundedLabels, type RequestLabels } from "./labels.ts";
import { Picture } from "./picture.ts";
import { bucketCounts } from "./quantile.ts";

type Labels<Metric extends keyof typeof metrics> = LabelOf<(typeof metrics)[Metric]["name"]>;

type Exemplar = typeof logFields.requestId;

/** Values that are read at each scrape. */
export interface Sources {
  droppedLogLines: () => number;
  openConnections: () => Promise<number>;
  build: { version: string; revision: string };
}

/** The metrics of the server. */
export class ServerMetrics {
  readonly exposition = new Exposition();
  /** The requests with random delays, for the page. */
  readonly picture: Picture;
  readonly inFlight: Gauge;
  readonly injectedErrors: Counter<Labels<"injectedErrors">>;
  readonly refusedConnections: Counter;
  readonly malformedRequests: Counter;

  readonly #bounds: readonly number[];
  readonly #duration: Histogram<Labels<"requestDuration"> | Exemplar>;
  readonly #naive: Histogram<Labels<"naiveRequestDuration">> | undefined;
  readonly #steps: Record<Step, Histogram.Internal<string>>;
  readonly #requests: Counter<Labels<"requests">>;
  readonly #aborted: Counter<Labels<"aborted">>;
  readonly #size: Histogram<Labels<"responseSize">>;

  #exemplars = { since: Number.NEGATIVE_INFINITY, left: 0 };
  readonly #bounded = new BoundedLabels();
  readonly #series = new Map<string, RequestSeries>();

  constructor(settings: Pick<ServerSettings, "delay" | "naiveBuckets">, sources: Sources) {
    const { delay, naiveBuckets } = settings;
    const { exposition } = this;
    this.picture = new Picture(delay);
    this.#bounds = bucketsOf(metrics.requestDuration, delay);
    this.#duration = exposition.histogram(metrics.requestDuration, this.#bounds, logFields.requestId);
    this.#naive = naiveBuckets
      ? exposition.histogram(metrics.naiveRequestDuration, metrics.naiveRequestDuration.buckets)
      : undefined;
    const stepBuckets = metrics.executionLatency.buckets;
    const latency = exposition.histogram(metrics.executionLatency, stepBuckets);
    this.#requests = exposition.counter(metrics.requests);
    this.inFlight = exposition.gauge(metrics.inFlight);
    this.#aborted = exposition.counter(metrics.aborted);
    this.injectedErrors = exposition.counter(metrics.injectedErrors);
    this.#size = exposition.histogram(metrics.responseSize, metrics.responseSize.buckets);
    exposition.gauge(metrics.openConnections, sources.openConnections);
    this.refusedConnections = exposition.counter(metrics.refusedConnections);
    this.malformedRequests = exposition.counter(metrics.malformedRequests);
    exposition.counter(metrics.droppedLogLines, sources.droppedLogLines);
    const configured = exposition.gauge(metrics.configuredDelay);
    for (const quantile of configuredQuantiles) {
      configured.set({ quantile }, delayQuantile(delay, Number(quantile)) / 1000);
    }
    exposition.gauge(metrics.buildInfo).set({ ...sources.build, node: process.version }, 1);
    exposition.process();

    // Starts these series at zero, so that `rate()` includes the first increase.
    for (const route of [...Object.values(measuredRoutes), ...Object.values(watchingRoutes)]) {
      this.#aborted.inc({ route }, 0);
    }
    this.#naive?.zero({ route: measuredRoutes.drawn });
    this.#size.zero({ route: measuredRoutes.drawn });
    for (const step of steps) latency.zero({ step });
    const series = (step: Step) => latency.labels({ step });
    this.#steps = {
      queue: series("queue"),
      delay: series("delay"),
      response: series("response"),
      total: series("total"),
    };
  }

  /** Counts a completed request. Observes its durations unless it is aborted, a probe or a scrape. */
  observe(request: EndedRequest): void {
    const { route } = request;
    const series = this.#seriesOf(request);
    series.requests.inc();
    if (request.aborted) {
      this.#aborted.inc({ route });
      return;
    }
    if (series.duration === undefined) return;
    const total = request.total / 1000;
    if (this.#mayHaveExemplar(request.time)) {
      const exemplarLabels = { [logFields.requestId]: request.requestId };
      this.#duration.observe({ labels: series.labels, value: total, exemplarLabels });
    } else {
      series.duration.observe(total);
    }
    series.naive?.observe(total);
    series.size?.observe(request.responseSize);
    this.#steps.total.observe(total);
    this.#steps.queue.observe(request.queue / 1000);
    this.#steps.delay.observe(request.delay / 1000);
    this.#steps.response.observe(request.response / 1000);
    if (route === measuredRoutes.drawn) this.picture.observe(request.total, request.delay);
  }

  /** Limits exemplars to 1,000 per second: each costs as much as an observation, and a scrape has one per bucket. */
  #mayHaveExemplar(time: number): boolean {
    if (time - this.#exemplars.since >= 1000) this.#exemplars = { since: time, left: 1000 };
    return this.#exemplars.left-- > 0;
  }

  /** The requests with random delays, counted per bucket of their duration. The last bucket is `+Inf`. */
  async drawn(): Promise<{ bounds: readonly number[]; counts: number[] }> {
    const counts = await bucketCounts(this.#duration, { route: measuredRoutes.drawn });
    return { bounds: this.#bounds, counts };
  }

  async requestsInFlight(): Promise<number> {
    return (await this.inFlight.get()).values[0]?.value ?? 0;
  }

  #seriesOf(request: EndedRequest): RequestSeries {
    const key = `${request.method} ${request.route} ${request.status}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      const labels = this.#bounded.of(request);
      const { route } = request;
      series = {
        labels,
        requests: this.#requests.labels(labels),
        ...(isWatching(route)
          ? {}
          : {
              duration: this.#duration.labels(labels),
              naive: this.#naive?.labels({ route }),
              size: this.#size.labels({ route }),
            }),
      };
      this.#series.set(key, series);
    }
    return series;
  }
}

/** The series of a method, route and status, cached because prom-client looks them up slowly. */
interface RequestSeries {
  labels: RequestLabels;
  requests: Counter.Internal;
  /** Undefined for probes and scrapes. */
  duration?: Histogram.Internal<string>;
  naive?: Histogram.Internal<string> | undefined;
  size?: Histogram.Internal<string>;
}
