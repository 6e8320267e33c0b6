// The routes as metrics and logs name them. Templates, because raw paths would create a series each.

/** Routes whose latency is measured. */
export const measuredRoutes = {
  /** Random delays from the configured distribution. The configured quantiles apply to this route only. */
  drawn: "/",
  /** A requested delay: `/delay/250ms`, or `/?delay=250ms`. */
  asked: "/delay/:duration",
  /** A requested status: `/status/503`, `/status/200:9,500:1`. */
  status: "/status/:code",
  /** Any other path: 404 or 405. */
  unknown: "/*",
} as const;

/** Routes for probes, scrapes and the page. They are never delayed, never fail on purpose, and are in no histogram. */
export const watchingRoutes = {
  health: "/healthz",
  ready: "/readyz",
  metrics: "/metrics",
  /** The configured and the served distribution as JSON, for the page at `/`. */
  distribution: "/distribution",
} as const;

/** A value of the label `route`. */
export type Route =
  | (typeof measuredRoutes)[keyof typeof measuredRoutes]
  | (typeof watchingRoutes)[keyof typeof watchingRoutes];

const watching: ReadonlySet<string> = new Set(Object.values(watchingRoutes));

/** Whether the route is for monitoring only. */
export function isWatching(route: Route): boolean {
  return watching.has(route);
}
