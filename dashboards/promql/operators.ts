import type { Vector } from "./selector.ts";

/** Which labels two sides are paired by, when not by all of them. */
interface Pairing<L extends string> {
  readonly on?: readonly L[];
  readonly ignoring?: readonly L[];
}

type Operand<L extends string> = Vector<L> | number;

/** How tightly operators bind (https://prometheus.io/docs/prometheus/latest/querying/operators/). */
export const binding = { or: 1, and: 2, comparison: 3, sum: 4, product: 5 } as const;

const operator =
  (symbol: string, binds: number) =>
  <A extends string, B extends string = never>(
    left: Vector<A>,
    right: Operand<B>,
    pairing: Pairing<A | B> = {},
  ): Vector<A> =>
    joined(binds, left, symbol, pairing, right);

export const divide = operator("/", binding.product);
export const times = operator("*", binding.product);
export const minus = operator("-", binding.sum);
/** Only the series whose value is above. */
export const above = operator(">", binding.comparison);
/** Only the series whose value is equal. */
export const equal = operator("==", binding.comparison);
/** Only the series of the left that the right has too. */
export const and = operator("and", binding.and);

/** 1 minus an expression: the other share. */
export function rest<L extends string>(of: Vector<L>): Vector<L> {
  return joined(binding.sum, 1, "-", {}, of);
}

/** The series of the first, and those of the others that it does not have. */
export function or<L extends string>(first: Vector<L>, ...others: readonly Vector<L>[]): Vector<L> {
  return { text: [first, ...others].map((one) => one.text).join("\nor "), binds: binding.or };
}

/** 0 where there is nothing: some counters are there only once there is something to count. */
export function orZero(of: Vector<never>): Vector<never> {
  return or(of, { text: "vector(0)" });
}

/** Two operands and what is between them; what binds less tightly goes into parentheses. */
export function joined<L extends string>(
  binds: number,
  left: Operand<string>,
  symbol: string,
  { on, ignoring }: Pairing<string>,
  right: Operand<string>,
): Vector<L> {
  const pairing =
    on !== undefined
      ? ` on (${on.join(", ")})`
      : ignoring !== undefined
        ? ` ignoring (${ignoring.join(", ")})`
        : "";
  // Operators of one kind are read from the left.
  return { text: `${operand(left, binds)} ${symbol}${pairing} ${operand(right, binds + 1)}`, binds };
}

/** In parentheses when it binds less tightly than what it becomes a part of. */
function operand(value: Operand<string>, within: number): string {
  if (typeof value === "number") return String(value);
  return value.binds !== undefined && value.binds < within ? `(${value.text})` : value.text;
}
