// The routes as they stand in metrics and logs: templates, never raw paths.

/** Requests whose latency is measured. */
export const measuredRoutes = {
  /** A delay drawn from the configured distribution; the only requests that the configured quantiles speak of. */
  drawn: "/",
  /** A delay that the request asked for: `/delay/250ms`, or any route with `?delay=250ms`. */
  asked: "/delay/:duration",
  /** A status that the request asked for: `/status/503`, `/status/200:9,500:1`. */
  status: "/status/:code",
  /** Everything else: not found. */
  unknown: "/*",
} as const;

/** Requests that watch the server: never delayed, never failed, in no histogram. */
export const watchingRoutes = {
  health: "/healthz",
  ready: "/readyz",
  metrics: "/metrics",
  /** What the page at `/` draws: the configured and the served distribution as JSON. */
  distribution: "/distribution",
} as const;

/** A value of the label `route`. */
export type Route =
  | (typeof measuredRoutes)[keyof typeof measuredRoutes]
  | (typeof watchingRoutes)[keyof typeof watchingRoutes];

const watching: ReadonlySet<string> = new Set(Object.values(watchingRoutes));

/** Whether requests to this route only watch the server. */
export function isWatching(route: Route): boolean {
  return watching.has(route);
}
