import type { LabelOf, Metric, TargetLabel } from "./metric.ts";

/** Matcher of a label: equal to a text, or another operator. */
type Matcher = string | { readonly operator: "!=" | "=~" | "!~"; readonly value: string };

/** Matchers by label. */
export type Matchers<Label extends string> = { readonly [L in Label]?: Matcher };

export const matches = (value: string): Matcher => ({ operator: "=~", value });
export const matchesNot = (value: string): Matcher => ({ operator: "!~", value });
export const isNot = (value: string): Matcher => ({ operator: "!=", value });

type OfType<Type extends Metric["type"]> = Metric & { readonly type: Type };

/** Series of a counter or a gauge. */
export function series<M extends OfType<"counter" | "gauge">>(
  metric: M,
  ...where: readonly Matchers<LabelOf<M>>[]
): Selection<LabelOf<M>, M["type"]> {
  return { text: selector(metric.name, where), kind: metric.type };
}

/** Cumulative buckets of a histogram. */
export function buckets<M extends OfType<"histogram">>(
  metric: M,
  ...where: readonly Matchers<LabelOf<M> | "le">[]
): Selection<LabelOf<M> | "le", "counter"> {
  return { text: selector(`${metric.name}_bucket`, where), kind: "counter" };
}

/** Number of observations of a histogram. */
export function counts<M extends OfType<"histogram">>(
  metric: M,
  ...where: readonly Matchers<LabelOf<M>>[]
): Selection<LabelOf<M>, "counter"> {
  return { text: selector(`${metric.name}_count`, where), kind: "counter" };
}

/** Sum of the observations of a histogram. */
export function sums<M extends OfType<"histogram">>(
  metric: M,
  ...where: readonly Matchers<LabelOf<M>>[]
): Selection<LabelOf<M>, "counter"> {
  return { text: selector(`${metric.name}_sum`, where), kind: "counter" };
}

/** Series of any metric whose name matches. They can only be counted, since their type is unknown. */
export function anySeries(
  names: Matcher,
  where: Matchers<TargetLabel>,
): Selection<"__name__" | TargetLabel, "gauge"> {
  return { text: selector("", [where, { __name__: names }]), kind: "gauge" };
}

function selector(name: string, where: readonly Readonly<Record<string, Matcher | undefined>>[]): string {
  // The last matcher of a label wins.
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

/** Formats whole seconds in the largest unit that divides them: `20s`, `72m`, `6h`, `30d`. */
export function promDuration(seconds: number): Exclude<Range, `$${string}`> {
  const whole = Math.round(seconds);
  const [unit, size] = units.find(([, length]) => whole % length === 0 && whole > 0) ?? (["s", 1] as const);
  return `${whole / size}${unit}`;
}

declare const labels: unique symbol;

/**
 * A PromQL expression. Its type carries the labels of its series, so that aggregating,
 * matching or naming by a label that does not exist is a compile error.
 */
export interface Vector<Label extends string> {
  readonly text: string;
  /** Precedence of the outermost operator, if there is one. */
  readonly binds?: number;
  readonly [labels]?: Label;
}

/** Stored series: the only ones that a range selector can be applied to. */
export interface Selection<Label extends string, Kind extends "counter" | "gauge"> extends Vector<Label> {
  /** Counters are used through their rate, gauges through their value. */
  readonly kind: Kind;
}

/** A Prometheus duration, or a variable of Grafana. */
export type Range = `${number}${"s" | "m" | "h" | "d"}` | "$__rate_interval" | "$__range" | "$__interval";
