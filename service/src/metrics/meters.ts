import { STATUS_CODES } from "node:http";
import { type DelaySettings, delayQuantile } from "../delay/distribution.ts";
import { clientLeft, type EndedRequest } from "../request/exchange.ts";
import { measuredRoutes, type Route, watchingRoutes } from "../routes.ts";
import { Cell, HistogramCells, Series } from "./cells.ts";
import {
  bucketsOf,
  configuredQuantiles,
  type MetricDefinition,
  metrics,
  type Step,
  steps,
} from "./definitions.ts";
import { Picture } from "./picture.ts";

/** Series a metric may have by method, route and status; what comes later is put together. */
const mostSeries = 100;

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
type Method = (typeof methods)[number];
const otherMethod = "OTHER";

const measured: ReadonlySet<string> = new Set(Object.values(measuredRoutes));
const routes: readonly Route[] = [...Object.values(measuredRoutes), ...Object.values(watchingRoutes)];

/** Everything that the server counts and measures, ready to be read out. */
export class Meters {
  readonly #all: Series<Cell | HistogramCells>[] = [];

  readonly #requests = this.#counted(metrics.requests);
  readonly #durations: Series<HistogramCells>;
  readonly #byLabels = new Map<string, RequestCells>();
  readonly #byRequest = new Map<number, RequestCells>();
  readonly #naive: Series<HistogramCells> | undefined;
  readonly #sizes: Series<HistogramCells>;
  readonly #aborted: ReadonlyMap<Route, Cell>;
  readonly #byRoute = new Map<Route, RouteCells>();
  readonly #steps: Record<Step, HistogramCells>;
  readonly #injectedErrors = this.#counted(metrics.injectedErrors);
  readonly #injectedErrorsByStatus = new Map<number, Cell>();

  /** The requests whose delay was drawn, to look at. */
  readonly picture: Picture;
  readonly inFlight = this.#counted(metrics.inFlight).add();
  readonly openConnections = this.#counted(metrics.openConnections).add();
  readonly refusedConnections = this.#counted(metrics.refusedConnections).add();
  readonly malformedRequests = this.#counted(metrics.malformedRequests).add();
  readonly droppedLogLines = this.#counted(metrics.droppedLogLines).add();

  constructor(
    delays: DelaySettings,
    { naiveBuckets, build }: { naiveBuckets: boolean; build: { version: string; revision: string } },
  ) {
    this.picture = new Picture(delays);
    this.#durations = this.#histogram(metrics.requestDuration, delays);
    this.#naive = naiveBuckets ? this.#histogram(metrics.naiveRequestDuration, delays) : undefined;
    this.#sizes = this.#histogram(metrics.responseSize, delays);
    const aborted = this.#counted(metrics.aborted);
    this.#aborted = new Map(routes.map((route) => [route, aborted.add(route)]));
    // The other routes' series come with their first request, and a scrape stays small until then.
    this.#routeCells(measuredRoutes.drawn);
    const latency = this.#histogram(metrics.executionLatency, delays);
    this.#steps = Object.fromEntries(steps.map((step) => [step, latency.add(step)])) as Record<
      Step,
      HistogramCells
    >;

    const configured = this.#counted(metrics.configuredDelay);
    for (const quantile of configuredQuantiles) {
      configured.add(quantile).value = delayQuantile(delays, Number(quantile)) / 1000;
    }
    this.#counted(metrics.buildInfo).add(build.version, build.revision, process.version).value = 1;
  }

  /** The metrics in the order in which they are declared. */
  get all(): readonly Series<Cell | HistogramCells>[] {
    const order = Object.values<MetricDefinition>(metrics);
    return this.#all.toSorted((a, b) => order.indexOf(a.definition) - order.indexOf(b.definition));
  }

  /** The answered requests whose delay was drawn, per bucket of their duration; the last bucket is `+Inf`. */
  get drawn(): { bounds: readonly number[]; counts: number[] } {
    const { all, bounds } = this.#durations;
    const counts = new Array<number>(bounds.length + 1).fill(0);
    for (const { labels, cells } of all) {
      if (labels.route !== measuredRoutes.drawn) continue;
      cells.counts.forEach((count, bucket) => {
        counts[bucket] = (counts[bucket] as number) + count;
      });
    }
    return { bounds: [...bounds], counts };
  }

  /** Counts a request that ended, and measures it when it was answered and is one that is measured. */
  ended(request: EndedRequest): void {
    const { requestId, time } = request;
    const cells = this.#cells(request.method, request.route, request.status);
    cells.count.value++;
    if (request.aborted) {
      (this.#aborted.get(request.route) as Cell).value++;
      return;
    }
    if (cells.duration === undefined) return;
    const route = this.#routeCells(request.route);
    const total = request.total / 1000;
    cells.duration.observeRequest(total, requestId, time);
    route.naive?.observe(total);
    route.size.observe(request.responseSize);
    if (request.route === measuredRoutes.drawn) this.picture.observe(request.total, request.delay);
    this.#steps.queue.observe(request.queue / 1000);
    this.#steps.delay.observe(request.delay / 1000);
    this.#steps.response.observe(request.response / 1000);
    this.#steps.total.observeRequest(total, requestId, time);
  }

  /** Counts an error that the configured rate drew. */
  injectedError(status: number): void {
    let cell = this.#injectedErrorsByStatus.get(status);
    if (cell === undefined) {
      cell = this.#injectedErrors.add(String(status));
      this.#injectedErrorsByStatus.set(status, cell);
    }
    cell.value++;
  }

  #routeCells(route: Route): RouteCells {
    let cells = this.#byRoute.get(route);
    if (cells === undefined) {
      cells = { naive: this.#naive?.add(route), size: this.#sizes.add(route) };
      this.#byRoute.set(route, cells);
    }
    return cells;
  }

  #cells(method: string, route: Route, status: number): RequestCells {
    // A number is found much faster than the labels it stands for.
    const key = (routes.indexOf(route) * 8 + methods.indexOf(method as Method) + 1) * 1000 + status;
    const known = this.#byRequest.get(key);
    if (known !== undefined) return known;
    const cells = this.#cellsByLabels(method, route, status);
    this.#byRequest.set(key, cells);
    return cells;
  }

  /** Clients choose methods and statuses; what they choose must not add series without end. */
  #cellsByLabels(method: string, route: Route, status: number): RequestCells {
    const wellKnown = status === clientLeft || status in STATUS_CODES;
    const statusClass = `${Math.floor(status / 100)}xx`;
    const exact = [
      methods.includes(method as Method) ? method : otherMethod,
      route,
      wellKnown ? String(status) : statusClass,
    ] as const;
    const labels = this.#byLabels.size < mostSeries ? exact : ([otherMethod, route, statusClass] as const);
    const key = (this.#byLabels.has(exact.join()) ? exact : labels).join();
    let cells = this.#byLabels.get(key);
    if (cells === undefined) {
      cells = {
        count: this.#requests.add(...labels),
        duration: measured.has(route) ? this.#durations.add(...labels) : undefined,
      };
      this.#byLabels.set(key, cells);
    }
    return cells;
  }

  #counted(definition: MetricDefinition): Series<Cell> {
    return this.#added(new Series(definition, [], () => new Cell()));
  }

  #histogram(definition: MetricDefinition, delays: DelaySettings): Series<HistogramCells> {
    const bounds = bucketsOf(definition, delays);
    return this.#added(new Series(definition, bounds, (shared) => new HistogramCells(shared)));
  }

  #added<S extends Series<Cell | HistogramCells>>(series: S): S {
    this.#all.push(series);
    return series;
  }
}

/** What is counted by method, route and status; requests that only watch have no duration. */
interface RequestCells {
  count: Cell;
  duration: HistogramCells | undefined;
}

/** What is measured by route alone. */
interface RouteCells {
  naive: HistogramCells | undefined;
  size: HistogramCells;
}
