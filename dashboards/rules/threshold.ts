import { type DelaySettings, delayQuantile } from "../../service/src/delay/distribution.ts";
import { bucketsOf, metrics } from "../../service/src/metrics/definitions.ts";

/** Cached, because dashboards, rules and links all need it. */
const found = new WeakMap<DelaySettings, readonly number[]>();

/** The bucket bounds, in seconds, of the histogram for these delays. */
export function latencyBounds(delays: DelaySettings): readonly number[] {
  const bounds = found.get(delays) ?? bucketsOf(metrics.requestDuration, delays);
  found.set(delays, bounds);
  return bounds;
}

/**
 * The longest duration, in seconds, that counts as fast enough: the first bucket bound
 * that is not below the wanted threshold, since a histogram counts only at its bounds.
 *
 * Without a wanted threshold: the time that the configured delays stay below while they
 * use at most half of the error budget, plus the server's own time.
 */
export function thresholdBound(delays: DelaySettings, objective: number, wanted: number | undefined): number {
  const kept = delayQuantile(delays, 1 - (1 - objective) / 2);
  const least = (wanted ?? kept + Math.max(10, kept * 0.02)) / 1000;
  const bounds = latencyBounds(delays);
  return bounds.find((bound) => bound >= least) ?? Math.max(...bounds);
}
