import type { Vector } from "./selector.ts";

/** Labels on which the two sides match, if not on all labels. */
interface Pairing<L extends string> {
  readonly on?: readonly L[];
  readonly ignoring?: readonly L[];
}

type Operand<L extends string> = Vector<L> | number;

/** Operator precedence (https://prometheus.io/docs/prometheus/latest/querying/operators/). */
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
/** Keeps series with a value above the right side. */
export const above = operator(">", binding.comparison);
/** Keeps series with a value equal to the right side. */
export const equal = operator("==", binding.comparison);
/** Keeps series of the left side that also exist on the right. */
export const and = operator("and", binding.and);

/** 1 minus an expression: the remaining share. */
export function rest<L extends string>(of: Vector<L>): Vector<L> {
  return joined(binding.sum, 1, "-", {}, of);
}

/** The series of the first operand, and those of the others that the first does not have. */
export function or<L extends string>(first: Vector<L>, ...others: readonly Vector<L>[]): Vector<L> {
  return { text: [first, ...others].map((one) => one.text).join("\nor "), binds: binding.or };
}

/** 0 if there is no series: some counters exist only after the first event. */
export function orZero(of: Vector<never>): Vector<never> {
  return or(of, { text: "vector(0)" });
}

/** Joins two operands; operands of lower precedence get parentheses. */
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
  // Operators of equal precedence are left-associative.
  return { text: `${operand(left, binds)} ${symbol}${pairing} ${operand(right, binds + 1)}`, binds };
}

/** Adds parentheses if the precedence is lower than required. */
function operand(value: Operand<string>, within: number): string {
  if (typeof value === "number") return String(value);
  return value.binds !== undefined && value.binds < within ? `(${value.text})` : value.text;
}
