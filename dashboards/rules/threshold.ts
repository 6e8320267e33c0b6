import { type DelaySettings, delayQuantile } from "../../service/src/delay/distribution.ts";
import { bucketsOf, metrics } from "../../service/src/metrics/definitions.ts";

/** Found once for the same delays: dashboards, rules and links all ask for them. */
const found = new WeakMap<DelaySettings, readonly number[]>();

/** The bounds, in seconds, that a histogram of these delays can count requests at. */
export function latencyBounds(delays: DelaySettings): readonly number[] {
  const bounds = found.get(delays) ?? bucketsOf(metrics.requestDuration, delays);
  found.set(delays, bounds);
  return bounds;
}

/**
 * The bound, in seconds, up to which a request counts as fast enough: the first
 * that is not below the wanted threshold, because between two bounds a histogram
 * knows nothing.
 *
 * Without a wanted one, what the configured delays keep with half of the error
 * budget to spare, and what serving adds.
 */
export function thresholdBound(delays: DelaySettings, objective: number, wanted: number | undefined): number {
  const kept = delayQuantile(delays, 1 - (1 - objective) / 2);
  const least = (wanted ?? kept + Math.max(10, kept * 0.02)) / 1000;
  const bounds = latencyBounds(delays);
  return bounds.find((bound) => bound >= least) ?? Math.max(...bounds);
}
