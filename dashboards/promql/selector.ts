import type { LabelOf, Metric, TargetLabel } from "./metric.ts";
import type { Selection } from "./vector.ts";

/** What a label must be: equal to a text, or what an operator says. */
export type Matcher = string | { readonly operator: "!=" | "=~" | "!~"; readonly value: string };

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
