import type { Draws } from "./delay/draws.ts";
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
  /** How many requests have come that were no probes or scrapes. */
  requests: number;
}
