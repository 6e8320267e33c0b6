import { Alarm } from "../delay/alarm.ts";
import { logFields } from "../log/line.ts";
import type { Log } from "../log/log.ts";
import { Cell, HistogramCells, Series } from "../metrics/cells.ts";
import { registriesOf } from "../metrics/registry.ts";
import { newHexId } from "../request/id.ts";
import { loadMetrics } from "./metrics.ts";
import { type Due, schedule } from "./schedule.ts";
import { type Send, sender } from "./send.ts";
import type { LoadSettings } from "./settings.ts";
import { watchPort } from "./watch.ts";

/** A load generator that is sending. */
export interface RunningLoad {
  readonly port: number;
  /** Resolves when the configured duration is over, or `stop` was called, and every request was answered. */
  readonly ended: Promise<void>;
  /** Sends nothing new. */
  stop(): void;
}

/** Starts sending; open-loop: a slow server gets no fewer requests. */
export async function startLoad(settings: LoadSettings, log: Log): Promise<RunningLoad> {
  const seed = settings.seed ?? newHexId(8);
  const meters = new LoadMeters(settings.rate);
  const watch = await watchPort(settings.port, registriesOf(meters.all));
  const { send, close } = sender(settings.target);
  const { target, rate } = settings;
  log.event("info", "sending", { target, rate, seed, port: watch.port });

  const begin = performance.now();
  const alarm = new Alarm();
  const due = schedule(settings.rate, settings.mix, seed);
  const inFlight = new Set<Promise<void>>();
  let stopped = false;
  let wake = () => {};

  const sending = (async () => {
    for (const request of due) {
      if (settings.duration !== undefined && request.at > settings.duration) return;
      if (begin + request.at > performance.now()) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          alarm.at(begin + request.at, resolve);
        });
      }
      if (stopped) return;
      if (inFlight.size >= settings.maxInFlight) {
        meters.skipped.value++;
        continue;
      }
      const answered = sendOne(request, begin, send, meters, log).then(() => {
        inFlight.delete(answered);
      });
      inFlight.add(answered);
    }
  })();

  return {
    port: watch.port,
    ended: sending.then(async () => {
      await Promise.all(inFlight);
      log.event("info", "stopped", { requests: meters.sent, skipped: meters.skipped.value });
      close();
      watch.server.closeAllConnections();
      watch.server.close();
    }),
    stop: () => {
      stopped = true;
      wake();
    },
  };
}

async function sendOne(
  { at, path }: Due,
  begin: number,
  send: Send,
  meters: LoadMeters,
  log: Log,
): Promise<void> {
  const requestId = newHexId(16);
  const about = { [logFields.requestId]: requestId, [logFields.path]: path };
  meters.inFlight.value++;
  try {
    const status = await send(path, requestId);
    meters.answered(String(status));
    log.event("debug", "request", { ...about, [logFields.status]: status });
  } catch (error) {
    meters.answered("none");
    log.event("warn", "no answer", {
      ...about,
      error: error instanceof Error ? error.message : String(error),
    });
  }
  meters.inFlight.value--;
  meters.duration.observeRequest((performance.now() - begin - at) / 1000, requestId, Date.now());
}

class LoadMeters {
  readonly #requests = new Series(loadMetrics.requests, [], () => new Cell());
  readonly #duration = new Series(
    loadMetrics.duration,
    loadMetrics.duration.buckets,
    (bounds) => new HistogramCells(bounds),
  );
  readonly #inFlight = new Series(loadMetrics.inFlight, [], () => new Cell());
  readonly #skipped = new Series(loadMetrics.skipped, [], () => new Cell());
  readonly #rate = new Series(loadMetrics.rate, [], () => new Cell());
  readonly #byStatus = new Map<string, Cell>();

  readonly duration = this.#duration.add();
  readonly inFlight = this.#inFlight.add();
  readonly skipped = this.#skipped.add();
  readonly all = [this.#requests, this.#duration, this.#inFlight, this.#skipped, this.#rate];
  sent = 0;

  constructor(rate: number) {
    this.#rate.add().value = rate;
  }

  answered(status: string): void {
    this.sent++;
    let cell = this.#byStatus.get(status);
    if (cell === undefined) {
      cell = this.#requests.add(status);
      this.#byStatus.set(status, cell);
    }
    cell.value++;
  }
}
