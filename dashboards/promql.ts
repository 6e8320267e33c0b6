// Queries are PromQL as text. Only selectors are made from the metrics' definitions, so that a renamed
// metric or label is a compile error where it is matched.

/** What queries need to know about a metric. The delayed server's definitions have this form. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  /** Set for series of a recording rule: they have only these labels. */
  readonly recorded?: true;
}

/** Labels that scraped series get from their target. */
export const targetLabels = [
  "job",
  "instance",
  "namespace",
  "pod",
  "app_kubernetes_io_name",
  "app_kubernetes_io_instance",
] as const;

export type TargetLabel = (typeof targetLabels)[number];

type LabelOf<M extends Metric> =
  | M["labels"][number]
  | (M extends { readonly recorded: true } ? never : TargetLabel);

/** Matches a label that is equal to a text, or compares with another operator. */
type Matcher = string | { readonly operator: "=~" | "!~"; readonly value: string };

/** Matchers by label. */
export type Matchers<Label extends string> = { readonly [L in Label]?: Matcher };

export const matches = (value: string): Matcher => ({ operator: "=~", value });
export const matchesNot = (value: string): Matcher => ({ operator: "!~", value });

type OfType<Type extends Metric["type"]> = Metric & { readonly type: Type };

/** Series of a counter or a gauge. */
export function series<M extends OfType<"counter" | "gauge">>(
  metric: M,
  where: Matchers<LabelOf<M>> = {},
): string {
  return selector(metric.name, where);
}

/** Cumulative buckets of a histogram. */
export function buckets<M extends OfType<"histogram">>(
  metric: M,
  where: Matchers<LabelOf<M> | "le">,
): string {
  return selector(`${metric.name}_bucket`, where);
}

/** Number of observations of a histogram. */
export function counts<M extends OfType<"histogram">>(metric: M, where: Matchers<LabelOf<M>>): string {
  return selector(`${metric.name}_count`, where);
}

/** Sum of the observations of a histogram. */
export function sums<M extends OfType<"histogram">>(metric: M, where: Matchers<LabelOf<M>>): string {
  return selector(`${metric.name}_sum`, where);
}

/** Series of any metric: `name{label="value", …}`. */
export function selector(name: string, where: Matchers<string>): string {
  const matchers = Object.entries(where).map(([label, matcher = ""]) =>
    typeof matcher === "string"
      ? `${label}=${JSON.stringify(matcher)}`
      : `${label}${matcher.operator}${JSON.stringify(matcher.value)}`,
  );
  return matchers.length === 0 ? name : `${name}{${matchers.join(", ")}}`;
}

const units = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
] as const;

/** Formats whole seconds in the largest unit that divides them: `20s`, `72m`, `6h`, `30d`. */
export function promDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const [unit, size] = units.find(([, length]) => whole % length === 0 && whole > 0) ?? (["s", 1] as const);
  return `${whole / size}${unit}`;
}
