import { binding, joined } from "./operators.ts";
import type { Range, Selection, Vector } from "./selector.ts";

/** Per-second rate of a counter over a range; handles counter resets. */
export function rate<L extends string>(counter: Selection<L, "counter">, over: Range): Vector<L> {
  return { text: `rate(${counter.text}[${over}])` };
}

/** Increase of a counter over a range. */
export function increase<L extends string>(counter: Selection<L, "counter">, over: Range): Vector<L> {
  return { text: `increase(${counter.text}[${over}])` };
}

/** Number of times a gauge changed in a range. */
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

/** Aggregates to one series per combination of the labels `by`; without labels, to a single series. */
export const sum = aggregation("sum");
export const avg = aggregation("avg");
export const max = aggregation("max");
export const count = aggregation("count");

/** Quantile from cumulative buckets, interpolated linearly within a bucket. */
export function histogramQuantile<L extends string>(
  quantile: number | string,
  of: Vector<L> & ("le" extends L ? unknown : never),
): Vector<Exclude<L, "le">> {
  return { text: `histogram_quantile(${quantile}, ${of.text})` };
}

/** Adds a label with a fixed value to all series. */
export function labelReplace<L extends string, const New extends string>(
  of: Vector<L>,
  label: New,
  value: string,
): Vector<L | New> {
  return { text: `label_replace(${of.text}, ${JSON.stringify(label)}, ${JSON.stringify(value)}, "", "")` };
}

/** Replaces values below `least` by `least`. */
export function clampMin<L extends string>(of: Vector<L>, least: number): Vector<L> {
  return { text: `clamp_min(${of.text}, ${least})` };
}

/** Absolute value. */
export function abs<L extends string>(of: Vector<L>): Vector<L> {
  return { text: `abs(${of.text})` };
}

/** 1 if no such series exists, otherwise nothing. */
export function absent<L extends string>(of: Selection<L, "counter" | "gauge">): Vector<never> {
  return { text: `absent(${of.text})` };
}

/** A single series without labels. */
export function vector(value: number): Vector<never> {
  return { text: `vector(${value})` };
}

/** Seconds since a Unix timestamp. */
export function secondsSince<L extends string>(of: Vector<L>): Vector<L> {
  return joined(binding.sum, { text: "time()" }, "-", {}, of);
}
