declare const labels: unique symbol;

/**
 * A PromQL expression. The compiler follows which labels its series have, so that
 * an aggregation, a match or a legend by a label that isn't there is an error.
 */
export interface Vector<Label extends string> {
  readonly text: string;
  /** How tightly its outermost operator binds, when it has one. */
  readonly binds?: number;
  readonly [labels]?: Label;
}

/** Series as they are stored, which alone can be looked at over a range of time. */
export interface Selection<Label extends string, Kind extends "counter" | "gauge"> extends Vector<Label> {
  /** Of a counter only the rate says anything, of a gauge only the value. */
  readonly kind: Kind;
}

/** A length of time as Prometheus writes it, or one that Grafana fills in. */
export type Range = `${number}${"s" | "m" | "h" | "d"}` | "$__rate_interval" | "$__range" | "$__interval";
