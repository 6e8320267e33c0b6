import { binding, joined } from "./operators.ts";
import type { Range, Selection, Vector } from "./selector.ts";

/** Per second, averaged over a range; resets of the counter are seen and made good. */
export function rate<L extends string>(counter: Selection<L, "counter">, over: Range): Vector<L> {
  return { text: `rate(${counter.text}[${over}])` };
}

/** How much a counter grew in a range. */
export function increase<L extends string>(counter: Selection<L, "counter">, over: Range): Vector<L> {
  return { text: `increase(${counter.text}[${over}])` };
}

/** How often a gauge changed in a range. */
export function changes<L extends string>(gauge: Selection<L, "gauge">, over: Range): Vector<L> {
  return { text: `changes(${gauge.text}[${over}])` };
}

export function avgOverTime<L extends string>(gauge: Selection<L, "gauge">, over: Range): Vector<L> {
  return { text: `avg_over_time(${gauge.text}[${over}])` };
}

export function sumOverTime<L extends string>(gauge: Selection<L, "gauge">, over: Range): Vector<L> {
  return { text: `sum_over_time(${gauge.text}[${over}])` };
}

type Aggregation = <L extends string, const By extends L>(by: readonly By[], of: Vector<L>) => Vector<By>;

const aggregation =
  (operator: string): Aggregation =>
  (by, of) => ({ text: `${operator}${by.length === 0 ? "" : ` by (${by.join(", ")}) `}(${of.text})` });

/** One series for each set of values of the labels `by`; of none, a single one. */
export const sum = aggregation("sum");
export const avg = aggregation("avg");
export const max = aggregation("max");
export const count = aggregation("count");

/** The quantile that cumulative buckets read: a straight line through the bucket it falls into. */
export function histogramQuantile<L extends string>(
  quantile: number | string,
  of: Vector<L> & ("le" extends L ? unknown : never),
): Vector<Exclude<L, "le">> {
  return { text: `histogram_quantile(${quantile}, ${of.text})` };
}

/** The same series with one more label, the same for all of them. */
export function labelReplace<L extends string, const New extends string>(
  of: Vector<L>,
  label: New,
  value: string,
): Vector<L | New> {
  return { text: `label_replace(${of.text}, ${JSON.stringify(label)}, ${JSON.stringify(value)}, "", "")` };
}

/** Nothing below `least`. */
export function clampMin<L extends string>(of: Vector<L>, least: number): Vector<L> {
  return { text: `clamp_min(${of.text}, ${least})` };
}

/** Without the sign. */
export function abs<L extends string>(of: Vector<L>): Vector<L> {
  return { text: `abs(${of.text})` };
}

/** 1 when there are no such series, otherwise nothing. */
export function absent<L extends string>(of: Selection<L, "counter" | "gauge">): Vector<never> {
  return { text: `absent(${of.text})` };
}

/** A single series without labels. */
export function vector(value: number): Vector<never> {
  return { text: `vector(${value})` };
}

/** How many seconds ago a time was that is counted from 1970. */
export function secondsSince<L extends string>(of: Vector<L>): Vector<L> {
  return joined(binding.sum, { text: "time()" }, "-", {}, of);
}
