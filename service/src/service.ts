import type { Draws } from "./delay/draws.ts";
import type { Milliseconds } from "./delay/duration.ts";
import type { Log } from "./log/log.ts";
import type { ServerMetrics } from "./metrics/metrics.ts";
import type { ServerSettings } from "./settings.ts";

/** What the routes and the middleware work with. */
export interface Service {
  readonly settings: ServerSettings;
  readonly draws: Draws;
  readonly metrics: ServerMetrics;
  readonly log: Log;
  /** Whether it was told to end: it serves on, and asks clients to close their connections. */
  stopping: boolean;
  /** When the latest request came that was not a probe or a scrape, on the clock of `performance.now()`. */
  lastRequest: Milliseconds;
}
