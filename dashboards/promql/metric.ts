/** What a query has to know of a metric; the delayed server's definitions are of this form. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  /** Kept by a recording rule: has these labels alone. */
  readonly recorded?: true;
}

/** The labels that every scraped series has, or may have: where it was scraped. */
const targetLabels = [
  "job",
  "instance",
  "namespace",
  "pod",
  "app_kubernetes_io_name",
  "app_kubernetes_io_instance",
] as const;

export type TargetLabel = (typeof targetLabels)[number];

/** The names of the labels of a metric's series. */
export type LabelOf<M extends Metric> =
  | M["labels"][number]
  | (M extends { readonly recorded: true } ? never : TargetLabel);
