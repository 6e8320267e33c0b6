import type { Draws } from "./delay/draws.ts";
import type { Log } from "./log/log.ts";
import type { ServerMetrics } from "./metrics/metrics.ts";
import type { ServerSettings } from "./settings.ts";

/** What the routes and the middleware share. */
export interface Service {
  readonly settings: ServerSettings;
  readonly draws: Draws;
  readonly metrics: ServerMetrics;
  readonly log: Log;
  /** Whether the server is shutting down: it keeps serving and asks clients to close their connections. */
  stopping: boolean;
  /** The number of requests received, except probes and scrapes. */
  requests: number;
}
