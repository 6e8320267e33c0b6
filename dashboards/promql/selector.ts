import type { LabelOf, Metric, TargetLabel } from "./metric.ts";

/** What a label must be: equal to a text, or what an operator says. */
type Matcher = string | { readonly operator: "!=" | "=~" | "!~"; readonly value: string };

/** Matchers by label. */
export type Matchers<Label extends string> = { readonly [L in Label]?: Matcher };

export const matches = (value: string): Matcher => ({ operator: "=~", value });
export const matchesNot = (value: string): Matcher => ({ operator: "!~", value });
export const isNot = (value: string): Matcher => ({ operator: "!=", value });

type OfType<Type extends Metric["type"]> = Metric & { readonly type: Type };

/** The series of a counter or a gauge. */
export function series<M extends OfType<"counter" | "gauge">>(
  metric: M,
  ...where: readonly Matchers<LabelOf<M>>[]
): Selection<LabelOf<M>, M["type"]> {
  return { text: selector(metric.name, where), kind: metric.type };
}

/** The cumulative buckets of a histogram. */
export function buckets<M extends OfType<"histogram">>(
  metric: M,
  ...where: readonly Matchers<LabelOf<M> | "le">[]
): Selection<LabelOf<M> | "le", "counter"> {
  return { text: selector(`${metric.name}_bucket`, where), kind: "counter" };
}

/** How many values a histogram has seen. */
export function counts<M extends OfType<"histogram">>(
  metric: M,
  ...where: readonly Matchers<LabelOf<M>>[]
): Selection<LabelOf<M>, "counter"> {
  return { text: selector(`${metric.name}_count`, where), kind: "counter" };
}

/** The sum of the values that a histogram has seen. */
export function sums<M extends OfType<"histogram">>(
  metric: M,
  ...where: readonly Matchers<LabelOf<M>>[]
): Selection<LabelOf<M>, "counter"> {
  return { text: selector(`${metric.name}_sum`, where), kind: "counter" };
}

/** Series of any name that matches: only to be counted, for nothing is known of them. */
export function anySeries(
  names: Matcher,
  where: Matchers<TargetLabel>,
): Selection<"__name__" | TargetLabel, "gauge"> {
  return { text: selector("", [where, { __name__: names }]), kind: "gauge" };
}

function selector(name: string, where: readonly Readonly<Record<string, Matcher | undefined>>[]): string {
  // What is said last about a label counts.
  const matchers = Object.entries(Object.assign({}, ...where) as Record<string, Matcher>);
  const texts = matchers.map(([label, matcher]) =>
    typeof matcher === "string"
      ? `${label}=${JSON.stringify(matcher)}`
      : `${label}${matcher.operator}${JSON.stringify(matcher.value)}`,
  );
  return texts.length === 0 ? name : `${name}{${texts.join(", ")}}`;
}

const units = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
] as const;

/** Writes whole seconds in the largest unit that divides them: `20s`, `72m`, `6h`, `30d`. */
export function promDuration(seconds: number): Exclude<Range, `$${string}`> {
  const whole = Math.round(seconds);
  const [unit, size] = units.find(([, length]) => whole % length === 0 && whole > 0) ?? (["s", 1] as const);
  return `${whole / size}${unit}`;
}

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
